namespace UnifiedMsg.Database.Backup;

/// <summary>A database whose committed state can be read page by page beside its writers. Those of a database server are the pages of a copy
/// in a file.</summary>
public interface IPageSource
{
    /// <summary>Octets of a page.</summary>
    int PageSize { get; }

    /// <summary>Whether other servers write to the database too.</summary>
    bool IsShared { get; }

    /// <summary>Tells the values of these columns of each row that is inserted or changed, by whichever server, before the commit that has
    /// it is given out to those who follow. Only where the database is shared.</summary>
    IDisposable WatchRows(string table, IReadOnlyList<string> columns, Action<IReadOnlyList<object?>> onRow);

    /// <summary>To be called before the first snapshot for a backup that goes on. A copy whose pages lie in another order than those of the backup would
    /// have nearly all of them differ: so one that did not extend it last begins with what the backup has.</summary>
    /// <param name="last">Which copy extended the backup last; null when none did.</param>
    /// <param name="write">Writes the last state of the backup to this path; null when it has none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Which copy extends it now; null for pages that are those of the database itself.</returns>
    Task<string?> GoOnAsync(string? last, Action<string>? write, CancellationToken cancellationToken = default);

    /// <summary>Fixes the state as of now. Writers and readers go on; the log can't be recycled until the snapshot is released.</summary>
    /// <param name="follow">Whether the commits after it will be asked for.</param>
    /// <param name="cancellationToken">Ends the wait for the writer.</param>
    Task<IPageSnapshot> OpenSnapshotAsync(bool follow, CancellationToken cancellationToken = default);
}

/// <summary>The state of a database at one commit, and, when asked for, what was committed since.</summary>
public interface IPageSnapshot : IAsyncDisposable
{
    /// <summary>When it was taken: everything committed before is in it.</summary>
    DateTimeOffset Time { get; }

    /// <summary>Pages of the database.</summary>
    uint PageCount { get; }

    /// <summary>False once commits were lost: the log was held for too long, or a commit failed. What follows needs a new snapshot.</summary>
    bool IsWhole { get; }

    /// <summary>Commits that were not taken yet.</summary>
    int Waiting { get; }

    /// <summary>Reads a page of the snapshot, counted from 1. Not after <see cref="Release"/>.</summary>
    void Read(uint page, Span<byte> octets);

    /// <summary>The pages of the snapshot are no longer needed; commits go on being kept for <see cref="Next"/>.</summary>
    void Release();

    /// <summary>The next pages that were committed, at most so many and never of two commits; null when there are none yet.</summary>
    PageBatch? Next(int maxPages);

    /// <summary>Completes when a commit may wait, or when it is no longer whole.</summary>
    Task WaitAsync(CancellationToken cancellationToken);

    /// <summary>Completes when everything that was committed before the call waits, or when it is no longer whole.</summary>
    Task CatchUpAsync();
}

/// <summary>Pages of one commit.</summary>
/// <param name="Time">When it was committed.</param>
/// <param name="Pages">Number and octets; a page may come twice, and the later one counts.</param>
/// <param name="PageCount">Pages of the database after the commit; 0 when more of the same commit follows.</param>
public sealed record PageBatch(DateTimeOffset Time, IReadOnlyList<PageImage> Pages, uint PageCount);

/// <summary>A page as it was written.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="Octets">All of its octets.</param>
public readonly record struct PageImage(uint Number, ReadOnlyMemory<byte> Octets);
