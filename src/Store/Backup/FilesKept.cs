using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Backup;

/// <summary>
/// Keeps all servers that share a database from removing files of contents, for as long as one of them copies what a snapshot
/// refers to: by a time in the database, which is put off while the work lasts. A server that dies keeps them from it no longer than that.
/// </summary>
internal sealed class FilesKept : IDisposable
{
    /// <summary>A database that is away for 20 minutes costs nothing.</summary>
    private static readonly TimeSpan Term = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan RenewEvery = TimeSpan.FromMinutes(2);

    /// <summary>Clocks of servers differ by less.</summary>
    private static readonly TimeSpan MaxClockDifference = TimeSpan.FromMinutes(5);

    private readonly IDatabase _database;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private DateTimeOffset _until;
    private bool _lapsed;

    private FilesKept(IDatabase database, TimeProvider time, DateTimeOffset until)
    {
        (_database, _time, _until) = (database, time, until);
        _timer = time.CreateTimer(_ => _ = TryRenewAsync(), null, RenewEvery, RenewEvery);
    }

    /// <summary>Whether they were kept all the time since the beginning, and are now: false when the time could not be put off, because the database was
    /// away or this server stood still.</summary>
    public bool IsUnbroken
    {
        get
        {
            lock (_lock)
                return !_lapsed && !IsOver;
        }
    }

    private bool IsOver => _time.GetUtcNow() > _until - MaxClockDifference;

    /// <summary>Begins. What a unit removes that did not see it was gone before every snapshot taken after this, or none of them refers to it.</summary>
    public static async Task<FilesKept> BeginAsync(IDatabase database, TimeProvider time, CancellationToken cancellationToken) =>
        new(database, time, await RenewAsync(database, time, cancellationToken));

    /// <summary>Whether somebody copies files now.</summary>
    public static async ValueTask<bool> AskAsync(IReadSession session, DateTimeOffset now) =>
        await session.QueryLongAsync("SELECT value FROM store_counters WHERE name = 'files_kept_until' AND value > @p0", now) is not null;

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private static async Task<DateTimeOffset> RenewAsync(IDatabase database, TimeProvider time, CancellationToken cancellationToken)
    {
        DateTimeOffset until = time.GetUtcNow() + Term;
        await database.WriteAsync(
            session => session.ExecuteAsync(
                "INSERT INTO store_counters(name, value) VALUES('files_kept_until', @p0) ON CONFLICT(name) DO UPDATE SET value = excluded.value", until),
            cancellationToken);
        return until;
    }

    private async Task TryRenewAsync()
    {
        try
        {
            DateTimeOffset until = await RenewAsync(_database, _time, CancellationToken.None);
            lock (_lock)
            {
                // What came too late does not give back what was collected before it.
                _lapsed |= IsOver;
                if (until > _until)
                    _until = until;
            }
        }
        catch (Exception fault) when (fault is DatabaseException or ObjectDisposedException)
        {
            // There is time left for the next one. If that does not last, whoever copies learns of it at the end.
        }
    }
}
