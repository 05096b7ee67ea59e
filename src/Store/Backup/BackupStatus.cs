namespace UnifiedMsg.Store.Backup;

/// <summary>How a backup stands.</summary>
/// <param name="Phase">What it does now: <c>blobs</c>, <c>database</c>, <c>following</c>, <c>waiting</c> for the target, <c>done</c>.</param>
/// <param name="Target">Where it goes.</param>
/// <param name="UpTo">Everything committed up to then is in it; null before the first time.</param>
/// <param name="LagSeconds">How far it is behind; 0 when nothing waits.</param>
/// <param name="IsBase">Whether it began with a copy of the whole database.</param>
/// <param name="Pages">Pages of the database written.</param>
/// <param name="PagesRead">Pages compared so far, of <paramref name="PagesTotal"/>.</param>
/// <param name="PagesTotal">Pages of the database.</param>
/// <param name="Blobs">Large contents copied.</param>
/// <param name="Size">Octets of pages and contents written, as they lie in the backup.</param>
/// <param name="Notes">What the administrator should know: why the whole database was copied again, what is wrong with the target.</param>
public sealed record BackupStatus(
    string Phase, string Target, DateTimeOffset? UpTo = null, double LagSeconds = 0, bool IsBase = false, long Pages = 0, long PagesRead = 0,
    long PagesTotal = 0, long Blobs = 0, long Size = 0, IReadOnlyList<string>? Notes = null);

/// <summary>How a backup is done.</summary>
public sealed record BackupOptions
{
    /// <summary>How far back it must be possible to restore. What only older states need is removed, when a new base begins.</summary>
    public TimeSpan Keep { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Begin with a copy of the whole database even where the chain could go on.</summary>
    public bool NewBase { get; init; }

    /// <summary>Octets of a chain, at the least, before a new one begins with a copy of the whole database.</summary>
    public long MinChainSize { get; init; } = 1L << 30;

    /// <summary>A chain may grow to so many times the size of its base.</summary>
    public int MaxChainGrowth { get; init; } = 4;
}
