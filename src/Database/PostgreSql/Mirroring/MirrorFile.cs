using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using SQLitePCL;
using UnifiedMsg.Database.Sqlite;

namespace UnifiedMsg.Database.PostgreSql.Mirroring;

/// <summary>A row of PostgreSQL that has changed.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Row">The row; only the key counts of one that is gone.</param>
/// <param name="IsGone">Whether there is none with this key any more.</param>
internal readonly record struct MirrorChange(MirrorTable Table, object?[] Row, bool IsGone);

/// <summary>With what the mirror has come to a state of PostgreSQL.</summary>
/// <param name="Time">When the snapshot was taken.</param>
/// <param name="Numbers">The last numbers that were given out, by table.</param>
internal sealed record MirrorState(DateTimeOffset Time, IReadOnlyList<(string Table, long Last)> Numbers);

/// <summary>
/// A copy of the tables in a SQLite file of the same schema. It is worth nothing by itself: each run compares all of it, or hears of each
/// change since, so one that is lost, old or half-written only costs time.
/// </summary>
internal sealed class MirrorFile : IAsyncDisposable
{
    private const string Name = "unifiedmsg.db";
    private const string IdName = "id";
    private const int IdOctets = 8;

    // PRAGMA user_version is a number of 32 bits with a sign.
    private const int MaxEnds = int.MaxValue - 1;

    private MirrorFile(SqliteDatabase database, MirrorClock clock, IReadOnlyList<MirrorTable> tables) =>
        (Database, Clock, Tables) = (database, clock, tables);

    public SqliteDatabase Database { get; }

    /// <summary>The time of the state that the mirror has.</summary>
    public MirrorClock Clock { get; }

    public IReadOnlyList<MirrorTable> Tables { get; }

    /// <summary>Whoever writes, or wants a snapshot of whole states only, holds it.</summary>
    public SemaphoreSlim Turn { get; } = new(1);

    /// <summary>Opens the mirror in a folder of its own, brought up to the schema; one that can't be used is made anew.</summary>
    public static async Task<MirrorFile> OpenAsync(
        string folder, IReadOnlyList<MigrationSet> schemas, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await TryOpenAsync(folder, schemas, time, cancellationToken);
        }
        catch (Exception fault) when (fault is DatabaseException and not DatabaseInUseException || (fault is SqliteException sqlite && IsDamage(sqlite)))
        {
            Remove(folder);
            return await TryOpenAsync(folder, schemas, time, cancellationToken);
        }
    }

    /// <summary>By what a mirror is known, for as long as its pages come from one another; null when there is none.</summary>
    public static string? FindId(string folder)
    {
        string path = Path.Combine(folder, IdName);
        return File.Exists(path) && File.ReadAllText(path) is { Length: > 0 } id ? id : null;
    }

    /// <summary>Has the mirror, which is closed, be one that can extend a backup, and returns its id.</summary>
    /// <param name="folder">Where it is.</param>
    /// <param name="last">The mirror that extended the backup last; null when none did.</param>
    /// <param name="write">Writes the last state of the backup; null when it has none.</param>
    public static string GoOn(string folder, string? last, Action<string>? write)
    {
        string? id = FindId(folder);
        bool isThere = id is not null && File.Exists(Path.Combine(folder, Name));
        if (isThere && (id == last || write is null))
            return id!;
        PrivateFiles.CreateFolder(folder);
        Remove(folder);
        write?.Invoke(Path.Combine(folder, Name));
        id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdOctets));
        using FileStream file = PrivateFiles.Open(Path.Combine(folder, IdName), FileMode.Create, FileAccess.Write, FileShare.None);
        file.Write(Encoding.ASCII.GetBytes(id));
        return id;
    }

    /// <summary>Removes the files; the mirror is closed.</summary>
    public static void Remove(string folder)
    {
        File.Delete(Path.Combine(folder, IdName));
        foreach (string end in (string[])["", "-wal", "-shm", ".unfinished"])
            File.Delete(Path.Combine(folder, Name + end));
    }

    /// <summary>Whether the file is damaged, so that it has to be made anew.</summary>
    public static bool IsDamage(SqliteException fault) => (fault.SqliteErrorCode & 0xff) is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;

    /// <summary>Makes a piece of a table as it is in PostgreSQL.</summary>
    /// <param name="table">The table.</param>
    /// <param name="rows">The rows of PostgreSQL in the order of the key.</param>
    /// <param name="after">The key before the piece; null at the beginning.</param>
    /// <param name="isLast">Whether nothing follows the last row.</param>
    public Task CompareAsync(MirrorTable table, IReadOnlyList<object?[]> rows, object?[]? after, bool isLast) => Database.WriteLargeAsync(async session =>
    {
        var wanted = rows.ToDictionary(row => row, table.KeyComparer);
        // What lies between two rows of PostgreSQL may be any number of rows that are gone.
        List<object?[]> known;
        do
        {
            known = await table.ReadRangeAsync(session, after, isLast ? null : rows[^1], TableReader.MaxRows);
            foreach (object?[] row in known)
            {
                if (!wanted.Remove(row, out object?[]? now))
                    await table.RemoveAsync(session, row);
                else if (!IsSame(now, row))
                    await table.PutAsync(session, now);
                after = row;
            }
        }
        while (known.Count == TableReader.MaxRows);
        foreach (object?[] row in wanted.Values)
            await table.PutAsync(session, row);
        Clock.Set(null);
        return 0;
    });

    /// <summary>Takes changes over. Without <paramref name="state"/> more of the same state follow.</summary>
    /// <param name="changes">The changes.</param>
    /// <param name="state">The state that they complete.</param>
    /// <param name="endsEarlier">Whether some of the state were taken over before: then its end is written for certain.</param>
    public Task ApplyAsync(IReadOnlyList<MirrorChange> changes, MirrorState? state, bool endsEarlier = false) => Database.WriteLargeAsync(async session =>
    {
        foreach (MirrorChange change in changes)
        {
            if (change.IsGone)
                await change.Table.RemoveAsync(session, change.Row);
            else
                await change.Table.PutAsync(session, change.Row);
        }
        foreach ((string table, long last) in state?.Numbers ?? [])
        {
            if (await session.QueryLongAsync("SELECT seq FROM sqlite_sequence WHERE name = @p0", table) is not { } known)
                await session.ExecuteAsync("INSERT INTO sqlite_sequence(name, seq) VALUES(@p0, @p1)", table, last);
            else if (known < last)
                await session.ExecuteAsync("UPDATE sqlite_sequence SET seq = @p1 WHERE name = @p0", table, last);
        }
        // A commit that changes no page is none, and those who follow would wait for the end of the state.
        if (endsEarlier)
            await session.ExecuteAsync($"PRAGMA user_version = {await session.QueryLongAsync("PRAGMA user_version") % MaxEnds + 1}");
        // By the writer, which looks at it after the commit and before the next unit.
        Clock.Set(state?.Time);
        return 0;
    });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Database.DisposeAsync();

    private static async Task<MirrorFile> TryOpenAsync(
        string folder, IReadOnlyList<MigrationSet> schemas, TimeProvider time, CancellationToken cancellationToken)
    {
        var clock = new MirrorClock(time.GetUtcNow());
        SqliteDatabase database = await SqliteDatabase.OpenAsync(
            // References are kept by PostgreSQL, and rows come in another order.
            new SqliteOptions { Path = Path.Combine(folder, Name), KeepsReferences = false, MaxReaders = 1 }, schemas, NullLoggerFactory.Instance, clock,
            cancellationToken: cancellationToken);
        try
        {
            return new MirrorFile(database, clock, await database.ReadAsync(async session => await MirrorTable.ReadAllAsync(session), cancellationToken));
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    private static bool IsSame(object?[] left, object?[] right)
    {
        for (int i = 0; i < left.Length; i++)
        {
            if (!RowComparer.AreEqual(left[i], right[i]))
                return false;
        }
        return true;
    }
}

/// <summary>Has the mirror's commits be of the time of the snapshot that they bring, which is before it.</summary>
internal sealed class MirrorClock(DateTimeOffset opened) : TimeProvider
{
    private long _ticks = opened.UtcTicks;

    /// <summary>Whether what is committed now is a part of a state, of which more follows.</summary>
    public static bool IsAmid(DateTimeOffset time) => time == DateTimeOffset.MinValue;

    /// <summary>Sets the time of the state, or that it is not whole yet.</summary>
    public void Set(DateTimeOffset? time) => Interlocked.Exchange(ref _ticks, time?.UtcTicks ?? 0);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);
}
