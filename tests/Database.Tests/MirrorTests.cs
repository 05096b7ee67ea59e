using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database.Backup;
using UnifiedMsg.Database.PostgreSql;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Database.Tests;

/// <summary>The copy in a file from which backups of PostgreSQL are taken.</summary>
public sealed class MirrorTests : IAsyncLifetime
{
    private const string ChainName = "000001-20260101T000000Z-00000000";

    private static readonly Migration First = new(1, "tables", """
        CREATE TABLE names(name TEXT PRIMARY KEY, number INTEGER UNIQUE, octets BLOB, share REAL) WITHOUT ROWID;
        CREATE TABLE places(area INTEGER NOT NULL, place BLOB NOT NULL, name TEXT NOT NULL REFERENCES names(name), PRIMARY KEY(area, place)) WITHOUT ROWID;
        CREATE TABLE counted(id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL);
        """);

    private static readonly Migration Second = new(2, "more", """
        ALTER TABLE names ADD COLUMN note TEXT;
        CREATE TABLE added(id INTEGER PRIMARY KEY, value INTEGER NOT NULL);
        """);

    private static readonly MigrationSet[] Old = [new("test", [First])];
    private static readonly MigrationSet[] New = [new("test", [First, Second])];

    private DatabaseHome _home = null!;

    public async ValueTask InitializeAsync() => _home = await DatabaseHome.CreateAsync(Engine.PostgreSql);

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task Every_value_and_every_change_arrives()
    {
        await using IDatabase database = await _home.OpenAsync(Old);
        // More than are compared at once, in an order that rules of a language would not give.
        string[] names = [.. Enumerable.Range(0, 2500).Select(i => $"{(char)('A' + (i % 58))}{i} \u00e4\uffee{char.ConvertFromUtf32(0x1F600 + (i % 20))}")];
        await WriteAsync(database, async session =>
        {
            for (int i = 0; i < names.Length; i++)
                await session.PostAsync("INSERT INTO names(name, number, octets, share) VALUES(@p0, @p1, @p2, @p3)", names[i], i, new byte[i % 300], i / 7.0);
            await session.ExecuteAsync("INSERT INTO names(name) VALUES('')");
            await session.ExecuteAsync("INSERT INTO places(area, place, name) VALUES(-1, @p0, @p1)", new byte[] { 0, 255 }, names[7]);
            await session.ExecuteAsync("INSERT INTO counted(text) VALUES('one'), ('two')");
        });
        await CompareAsync(database);
        await ChangeAsync(database, names);
        await CompareAsync(database);
    }

    [Fact]
    public async Task A_follower_gets_unique_values_that_change_places_and_rows_that_refer_to_each_other()
    {
        await using IDatabase database = await _home.OpenAsync(Old);
        string[] names = [.. Enumerable.Range(0, 30).Select(i => $"name {i}")];
        await WriteAsync(database, async session =>
        {
            for (int i = 0; i < names.Length; i++)
                await session.PostAsync("INSERT INTO names(name, number) VALUES(@p0, @p1)", names[i], i);
            await session.ExecuteAsync("INSERT INTO places(area, place, name) VALUES(-1, @p0, @p1)", new byte[] { 0, 255 }, names[7]);
            await session.ExecuteAsync("INSERT INTO counted(text) VALUES('one'), ('two')");
        });
        IPageSource pages = ((PostgreSqlDatabase)database).Pages!;
        await using IPageSnapshot snapshot = await pages.OpenSnapshotAsync(follow: true);
        PageChain.Create(MakeChain(), pages.PageSize, ChainName).Dispose();
        using (PageChain chain = PageChain.Open(ChainFolder, pages.PageSize))
        {
            chain.AddDifference(snapshot, null, default);
            snapshot.Release();
            await ChangeAsync(database, names);
            await snapshot.CatchUpAsync();
            Assert.True(snapshot.IsWhole);
            while (snapshot.Next(100) is { } batch)
                chain.Add(batch);
            chain.Sync();
        }
        await AssertSameAsync(database, Old);
    }

    [Fact]
    public async Task A_newer_schema_is_followed_by_the_copy_and_stops_the_older_program()
    {
        await using (IDatabase database = await _home.OpenAsync(Old))
        {
            await WriteAsync(database, async session => await session.ExecuteAsync("INSERT INTO names(name, number) VALUES('a', 1)"));
            await CompareAsync(database);
            IPageSource pages = ((PostgreSqlDatabase)database).Pages!;
            await using IPageSnapshot snapshot = await pages.OpenSnapshotAsync(follow: true);
            _home.MirrorFolder = Path.Combine(_home.Folder, "other");
            await using (IDatabase newer = await _home.OpenAsync(New))
                await WriteAsync(newer, async session => await session.ExecuteAsync("UPDATE names SET note = 'new'"));
            while (snapshot.IsWhole)
                await snapshot.WaitAsync(TestContext.Current.CancellationToken);
            await Assert.ThrowsAsync<NewerSchemaException>(() => pages.OpenSnapshotAsync(follow: false));
        }
        _home.MirrorFolder = Path.Combine(_home.Folder, "mirror");
        await using IDatabase after = await _home.OpenAsync(New);
        await CompareAsync(after, New);
    }

    private string ChainFolder => Path.Combine(_home.Folder, ChainName);

    private static Task<int> WriteAsync(IDatabase database, Func<IWriteSession, ValueTask> work) => database.WriteLargeAsync(async session =>
    {
        await work(session);
        return 0;
    });

    private static Task<int> ChangeAsync(IDatabase database, string[] names) => WriteAsync(database, async session =>
    {
        // Two rows change the unique value that each has.
        await session.ExecuteAsync("UPDATE names SET number = -1 WHERE name = @p0", names[20]);
        await session.ExecuteAsync("UPDATE names SET number = 20 WHERE name = @p0", names[3]);
        await session.ExecuteAsync("UPDATE names SET number = 3 WHERE name = @p0", names[20]);
        // A row that is referred to goes with the one that does, and a key changes.
        await session.ExecuteAsync("DELETE FROM places");
        await session.ExecuteAsync("DELETE FROM names WHERE name = @p0", names[7]);
        await session.ExecuteAsync("UPDATE names SET name = 'moved', octets = @p0, share = NULL WHERE name = @p1", new byte[] { 1 }, names[11]);
        await session.ExecuteAsync("INSERT INTO places(area, place, name) VALUES(5, @p0, 'moved')", Array.Empty<byte>());
        await session.ExecuteAsync("INSERT INTO counted(text) VALUES('three')");
        await session.ExecuteAsync("DELETE FROM counted WHERE text <> 'one'");
    });

    private string MakeChain()
    {
        if (Directory.Exists(ChainFolder))
            Directory.Delete(ChainFolder, recursive: true);
        Directory.CreateDirectory(ChainFolder);
        return ChainFolder;
    }

    private async Task CompareAsync(IDatabase database, MigrationSet[]? schemas = null)
    {
        IPageSource pages = ((PostgreSqlDatabase)database).Pages!;
        await using IPageSnapshot snapshot = await pages.OpenSnapshotAsync(follow: false);
        using (PageChain chain = PageChain.Create(MakeChain(), pages.PageSize, ChainName))
        {
            chain.AddDifference(snapshot, null, default);
            chain.Sync();
        }
        await AssertSameAsync(database, schemas ?? Old);
    }

    private async Task AssertSameAsync(IDatabase expected, MigrationSet[] schemas)
    {
        string file = Path.Combine(_home.Folder, "restored", "unifiedmsg.db");
        if (Directory.Exists(Path.GetDirectoryName(file)))
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using (var reader = new PageChainReader(ChainFolder))
        await using (FileStream written = File.Create(file))
        {
            reader.Read(null, (record, images) =>
            {
                foreach (PageImage image in images)
                    RandomAccess.Write(written.SafeFileHandle, image.Octets.Span, (image.Number - 1L) * record.PageSize);
            });
        }
        await using SqliteDatabase found = await SqliteDatabase.OpenAsync(
            new SqliteOptions { Path = file }, schemas, NullLoggerFactory.Instance, TimeProvider.System);
        Assert.Empty(await found.ReadAsync(session => session.QueryAsync("SELECT \"table\" FROM pragma_foreign_key_check", row => row.GetString(0))));
        foreach (string sql in (string[])
        [
            schemas == New ? "SELECT name, number, octets, share, note FROM names ORDER BY name" : "SELECT name, number, octets, share FROM names ORDER BY name",
            "SELECT area, place, name FROM places ORDER BY area, place", "SELECT id, text FROM counted ORDER BY id", "SELECT component, number, applied FROM schema_migrations",
        ])
            Assert.Equal(await ReadAsync(expected, sql), await ReadAsync(found, sql));
        // What was given out does not come again.
        long last = await ReadLastAsync(expected);
        Assert.Equal(last + 1, await found.WriteAsync(session => session.QueryLongAsync("INSERT INTO counted(text) VALUES('x') RETURNING id")));
    }

    private static async Task<long> ReadLastAsync(IDatabase database) =>
        await database.ReadAsync(session => session.QueryLongAsync("SELECT coalesce(last_value, 0) FROM pg_sequences WHERE sequencename = 'counted_id_seq'")) ?? 0;

    private static ValueTask<List<string>> ReadAsync(IDatabase database, string sql) => database.ReadAsync(session => session.QueryAsync(sql, row =>
        string.Join('|', Enumerable.Range(0, row.FieldCount).Select(i => row.IsDBNull(i) ? "NULL" : row.GetValue(i) is byte[] octets ? Convert.ToHexString(octets) : $"{row.GetValue(i)}"))));
}
