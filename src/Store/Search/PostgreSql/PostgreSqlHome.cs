using Microsoft.Extensions.Logging;
using UnifiedMsg.Database.PostgreSql;

namespace UnifiedMsg.Store.Search.PostgreSql;

/// <summary>
/// Keeps the index in the database that servers share. All search in it, one writes it: whoever holds its lock. A server of another version, or
/// that reads other attachments, does not use what is there; it makes it anew when it gets the lock, and so not before all others have gone or agree.
/// </summary>
internal sealed partial class PostgreSqlHome(PostgreSqlDatabase database, int variant, ILogger logger) : IIndexHome
{
    /// <summary>What people know the index by.</summary>
    public const string IndexName = "in the database";

    /// <summary>What a fault says is damaged.</summary>
    public const string Subject = "The search index in the database";

    /// <summary>Beside the number of the table, so that each store in a database has a lock of its own. "usea" in ASCII.</summary>
    private const long LockKey = 0x75_73_65_61L << 32;

    private static readonly TimeSpan WhileOthersWrite = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Otherwise = TimeSpan.FromSeconds(5);

    private readonly SideTables _tables = new(database, Subject);
    private readonly long _version = IndexTables.FullVersion(variant);
    private SessionLock? _lock;
    private PostgreSqlBacklog? _backlog;

    public string Name => IndexName;

    public bool IsUsable { get; private set; } = true;

    // Queries say what is missing.
    public bool IsThere => true;

    public TimeSpan LongestWait => _backlog is { Waits: true } ? WhileOthersWrite : Otherwise;

    public async ValueTask<(ISearchIndex Index, IIndexBacklog Backlog)> OpenAsync(CancellationToken cancellationToken)
    {
        await WritesAsync(cancellationToken);
        var index = new PostgreSqlIndex(_tables, _version);
        _backlog = new PostgreSqlBacklog(_tables, index, _version);
        return (index, _backlog);
    }

    public async ValueTask<bool> WritesAsync(CancellationToken cancellationToken)
    {
        if (_lock is null)
        {
            long table = await database.ReadAsync(session => session.QueryLongAsync("SELECT 'store_contents'::regclass::oid::bigint"), cancellationToken) ?? 0;
            _lock = database.LockOf(LockKey | table);
        }
        bool held = _lock.IsHeld;
        bool holds = await _lock.TryHoldAsync(cancellationToken);
        long? found = await database.ReadAsync(IndexTables.FindVersionAsync, cancellationToken);
        // What became damaged while this server wrote it is for the one who finds it to say.
        if (holds && !held && found != _version)
        {
            await MakeAsync(cancellationToken);
            found = _version;
        }
        SetUsable(found == _version, holds);
        return holds;
    }

    public async ValueTask DiscardAsync(CancellationToken cancellationToken)
    {
        if (_lock is { IsHeld: true })
            await MakeAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => _lock?.DisposeAsync() ?? ValueTask.CompletedTask;

    private Task<int> MakeAsync(CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            await IndexTables.MakeAsync(session, _version);
            return 0;
        },
        cancellationToken);

    private void SetUsable(bool usable, bool holds)
    {
        if (!usable && !holds && IsUsable)
            Log.OfAnother(logger);
        IsUsable = usable;
    }

    private static partial class Log
    {
        [LoggerMessage(6034, LogLevel.Warning, "The search index in the database is kept by a server of another version or with other programs for attachments; until that one is gone or agrees, searches here read the messages")]
        public static partial void OfAnother(ILogger logger);
    }
}
