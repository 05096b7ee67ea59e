using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>
/// Hears the notices of other servers on a connection of its own. Every listener is told that it may have missed some after this
/// connection was lost, and after another server has gone: it may have died between a commit and telling of it.
/// </summary>
internal sealed partial class NoticeListener : IAsyncDisposable
{
    public const string Channel = "unifiedmsg";

    /// <summary>By which the connections of this kind, one for each server, are known.</summary>
    public const string ApplicationName = "unifiedmsg notices";

    // Says nothing, but that there is one server more to watch.
    private const string Hello = "hello";

    private const string Present =
        "SELECT pid || ' ' || backend_start FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1";

    // Npgsql counts whole milliseconds, and takes none of them for a wait without end.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(200);

    private readonly NpgsqlDataSource _source;
    private readonly string _node;
    private readonly TimeSpan _watchEvery;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private ImmutableArray<Listener> _listeners = [];
    private Task _running = Task.CompletedTask;
    private HashSet<string> _present = [];
    private long _watched;
    private volatile bool _mayLack;

    private NoticeListener(NpgsqlDataSource source, string node, TimeSpan watchEvery, ILogger logger)
    {
        _source = source;
        _node = node;
        _watchEvery = watchEvery;
        _logger = logger;
    }

    /// <summary>Begins to listen; what is said after this returned is heard.</summary>
    public static async Task<NoticeListener> StartAsync(
        NpgsqlDataSource source, string node, TimeSpan watchEvery, ILogger logger, CancellationToken cancellationToken)
    {
        var listener = new NoticeListener(source, node, watchEvery, logger);
        (NpgsqlConnection connection, Queue<string> heard) = await listener.ConnectAsync(cancellationToken);
        listener._running = Task.Run(() => listener.RunAsync(connection, heard), CancellationToken.None);
        return listener;
    }

    public IDisposable Add(string topic, Func<string?, ValueTask> onNotice)
    {
        var added = new Listener(this, topic, onNotice);
        lock (_lock)
            _listeners = _listeners.Add(added);
        return added;
    }

    /// <summary>Tells every listener, when the others are looked for next, that it may have missed something.</summary>
    public void LookAgain() => _mayLack = true;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task<(NpgsqlConnection Connection, Queue<string> Heard)> ConnectAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken);
        try
        {
            var heard = new Queue<string>();
            connection.Notification += (_, notice) => heard.Enqueue(notice.Payload);
            await using var command = new NpgsqlCommand($"LISTEN {Channel}; NOTIFY {Channel}, '{_node} {Hello} '", connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
            return (connection, heard);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task RunAsync(NpgsqlConnection? connection, Queue<string> heard)
    {
        bool gap = false;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (connection is null)
                    (connection, heard) = await ConnectAsync(_stop.Token);
                bool mayLack = await WatchAsync(connection);
                if (gap || mayLack)
                    await TellOfGapAsync();
                gap = false;
                await ListenAsync(connection, heard);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception fault)
            {
                // Whatever it was, the connection is made anew, and all are told to look.
                if (!gap)
                    Log.Lost(_logger, fault);
                gap = true;
                await CloseAsync(connection);
                connection = null;
                await Task.Delay(Wait, CancellationToken.None);
            }
        }
        await CloseAsync(connection);
    }

    private async Task TellOfGapAsync()
    {
        foreach (Listener listener in _listeners)
            await listener.OnNotice(null);
        Log.Looking(_logger);
    }

    /// <summary>Whether notices may be missing: one of the servers that were here is here no more, or somebody said so.</summary>
    private async Task<bool> WatchAsync(NpgsqlConnection connection)
    {
        var present = new HashSet<string>();
        await using var command = new NpgsqlCommand(Present, connection);
        command.Parameters.Add(Session.Bind(ApplicationName));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(_stop.Token);
        while (await reader.ReadAsync(_stop.Token))
            present.Add(reader.GetString(0));
        bool mayLack = _mayLack;
        if (mayLack)
            _mayLack = false;
        mayLack |= !_present.IsSubsetOf(present);
        _present = present;
        _watched = Stopwatch.GetTimestamp();
        return mayLack;
    }

    private async Task ListenAsync(NpgsqlConnection connection, Queue<string> heard)
    {
        while (true)
        {
            while (heard.TryDequeue(out string? notice))
                await TellAsync(notice);
            TimeSpan left = _watchEvery - Stopwatch.GetElapsedTime(_watched);
            if (left >= ShortestWait)
                await connection.WaitAsync(left, _stop.Token);
            else if (await WatchAsync(connection))
                await TellOfGapAsync();
        }
    }

    private async ValueTask TellAsync(string notice)
    {
        string[] parts = notice.Split(' ', 3);
        if (parts.Length < 3 || parts[0] == _node)
            return;
        if (parts[1] == Hello)
            _watched = 0;
        foreach (Listener listener in _listeners)
        {
            if (listener.Topic == parts[1])
                await listener.OnNotice(parts[2]);
        }
    }

    private static async ValueTask CloseAsync(NpgsqlConnection? connection)
    {
        if (connection is not null)
            await connection.DisposeAsync();
    }

    private void Remove(Listener listener)
    {
        lock (_lock)
            _listeners = _listeners.Remove(listener);
    }

    private sealed class Listener(NoticeListener owner, string topic, Func<string?, ValueTask> onNotice) : IDisposable
    {
        public string Topic => topic;

        public Func<string?, ValueTask> OnNotice => onNotice;

        public void Dispose() => owner.Remove(this);
    }

    private static partial class Log
    {
        [LoggerMessage(2020, LogLevel.Warning, "The connection on which other servers' changes are heard was lost")]
        public static partial void Lost(ILogger logger, Exception fault);

        [LoggerMessage(2021, LogLevel.Information, "Changes of other servers may have gone unheard; everything was looked at again")]
        public static partial void Looking(ILogger logger);
    }
}
