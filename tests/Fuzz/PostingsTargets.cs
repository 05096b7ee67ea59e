using UnifiedMsg.Database;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.Store.Search;
using UnifiedMsg.Store.Search.Postings;
using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Fuzz;

/// <summary>Fuzz target of the search index: rows of <c>search.db</c> that somebody changed. Whatever they are, a lookup and a merge either end or
/// say that the file is damaged.</summary>
public sealed class PostingsTargets : IDisposable
{
    /// <summary>What rows of a few kilobytes may make a search allocate: sets of bits of the contents that they speak of, and no more.</summary>
    private const long MaxAllocated = 256 << 20;

    private const int MaxSteps = 1000;
    private const long OctetsPerStep = 4096;

    private static readonly Needle[] Needles =
    [
        .. new[] { "e", "the", "the day", "e d", "day, the", "of num", "7", "ab9" }.Select(text => new Needle(new TextQuery(SearchField.Body, text))),
        new(new TextQuery(SearchField.Text, "the day of", SearchMatch.Words)), new(new TextQuery(SearchField.Text, "nu", SearchMatch.Prefix)),
        new(new TextQuery(SearchField.Subject, "day")), new(new TextQuery(SearchField.Header, "") { HeaderName = "X-Topic" }),
    ];

    private readonly DirectoryInfo _folder = System.IO.Directory.CreateTempSubdirectory();
    private readonly SideDatabase _database;

    public PostingsTargets() =>
        _database = SideDatabase.Open(Path.Combine(_folder.FullName, "search.db"), PostingsSchema.FileVersion(0), PostingsSchema.Sql);

    /// <summary>Closes the file that the rows are put into, and removes it.</summary>
    public void Dispose()
    {
        _database.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _folder.Delete(recursive: true);
    }

    /// <summary>The target: rows as <see cref="PostingsRows"/> has them.</summary>
    public void Rows(ReadOnlySpan<byte> input)
    {
        var octets = input.ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            _database.WriteAsync(session => UseAsync(session, octets)).GetAwaiter().GetResult();
        }
        catch (Exception undone) when (undone is UndoneException or DamagedDatabaseException)
        {
            // So that the next input finds no rows.
        }

        if (GC.GetAllocatedBytesForCurrentThread() - before is > MaxAllocated and var much)
            throw new InvalidOperationException($"{much} octets allocated for {octets.Length}.");
    }

    private static async ValueTask<int> UseAsync(IWriteSession session, byte[] octets)
    {
        await PostingsRows.WriteAsync(session, octets);
        foreach (var scope in (long[])[1, long.MaxValue / 2])
        {
            foreach (var needle in Needles) await TryAsync(() => LookUpAsync(session, scope, needle));
        }

        await TryAsync(() => MergeAsync(session));
        foreach (var needle in Needles) await TryAsync(() => LookUpAsync(session, long.MaxValue / 2, needle));
        throw new UndoneException();
    }

    private static async Task LookUpAsync(IReadSession session, long scope, Needle needle)
    {
        var answer = await new NeedleLookup(session, scope, CancellationToken.None).FindAsync(needle);
        if (!answer.Certain.IsInverted && !answer.Possible.IsInverted && !answer.Certain.And(answer.Possible.Not()).Listed.SequenceEqual([]))
            throw new InvalidOperationException("Certain, and not possible.");
    }

    private static async Task MergeAsync(IWriteSession session)
    {
        var segments = await Segment.ReadAllAsync(session);
        if (segments.Count == 0) return;
        var merger = await SegmentMerger.BeginAsync(session, segments);
        for (var step = 0; await merger.StepAsync(session, OctetsPerStep); step++)
        {
            if (step == MaxSteps) throw new InvalidOperationException("A merge that does not end.");
        }
    }

    private static async Task TryAsync(Func<Task> use)
    {
        try
        {
            await use();
        }
        catch (Exception fault) when (PostingsIndex.IsDamage(fault))
        {
            // The index is then made anew.
        }
    }

    private sealed class UndoneException : Exception;
}
