using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Backup;

/// <summary>
/// Keeps the collectors of all servers that share a database off the files of contents, for as long as one of them copies what a snapshot
/// refers to: by a time in the database, which is put off while the work lasts. A server that dies keeps them off no longer than that.
/// </summary>
internal sealed class FilesKept : IDisposable
{
    /// <summary>Clocks of servers differ by less.</summary>
    private static readonly TimeSpan Term = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan RenewEvery = TimeSpan.FromMinutes(2);

    private readonly IDatabase _database;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    private FilesKept(IDatabase database, TimeProvider time)
    {
        (_database, _time) = (database, time);
        _timer = time.CreateTimer(_ => _ = TryRenewAsync(), null, RenewEvery, RenewEvery);
    }

    /// <summary>Begins. A unit of a collector that did not see it is before every snapshot taken after this, or removes what none refers to.</summary>
    public static async Task<FilesKept> BeginAsync(IDatabase database, TimeProvider time, CancellationToken cancellationToken)
    {
        await RenewAsync(database, time, cancellationToken);
        return new FilesKept(database, time);
    }

    /// <summary>Whether somebody copies files now.</summary>
    public static async ValueTask<bool> AskAsync(IReadSession session, DateTimeOffset now) =>
        await session.QueryLongAsync("SELECT value FROM store_counters WHERE name = 'files_kept_until' AND value > @p0", now) is not null;

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private static Task RenewAsync(IDatabase database, TimeProvider time, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync(
            "INSERT INTO store_counters(name, value) VALUES('files_kept_until', @p0) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
            time.GetUtcNow() + Term),
        cancellationToken);

    private async Task TryRenewAsync()
    {
        try
        {
            await RenewAsync(_database, _time, CancellationToken.None);
        }
        catch (Exception fault) when (fault is DatabaseException or ObjectDisposedException)
        {
            // The next time there is enough time left; without a database nothing is copied for long either.
        }
    }
}
