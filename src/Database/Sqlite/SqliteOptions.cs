namespace UnifiedMsg.Database.Sqlite;

/// <summary>How the embedded database is used.</summary>
public sealed record SqliteOptions
{
    /// <summary>The database file. Its folder is the data folder, locked against a second server.</summary>
    public required string Path { get; init; }

    /// <summary>Units that may wait for the writer. More callers wait in turn, which is the back-pressure that protocols feel.</summary>
    public int QueueLength { get; init; } = 4096;

    /// <summary>Most units under one commit. Bounds how much one failing commit undoes.</summary>
    public int MaxUnitsPerCommit { get; init; } = 512;

    /// <summary>After this time of running units the commit comes, so that the first of a batch does not wait for a long tail.</summary>
    public TimeSpan MaxTimePerCommit { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Connections that read at the same time. Each has a page cache of its own.</summary>
    public int MaxReaders { get; init; } = 16;

    /// <summary>Octets written to the log after which its pages are copied into the file, beside the writer. A log that starts over soon is written
    /// over, where one that grows has the file system note each piece: a sync of it takes half as long again.</summary>
    public long CheckpointBytes { get; init; } = 16 << 20;

    /// <summary>Page cache of the writer, in octets.</summary>
    public long WriterCacheBytes { get; init; } = 64 << 20;

    /// <summary>Page cache of each reader, in octets.</summary>
    public long ReaderCacheBytes { get; init; } = 8 << 20;

    /// <summary>Octets of log that are kept for a backup that follows and can't keep up, before it has to compare everything anew.</summary>
    public long MaxHeldLogBytes { get; init; } = 1L << 30;

    /// <summary>Whether a row may refer only to one that is there. Not so in a copy of what another database has.</summary>
    public bool KeepsReferences { get; init; } = true;
}
