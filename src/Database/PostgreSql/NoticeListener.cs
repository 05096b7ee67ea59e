using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>Hears the notices of other servers on a connection of its own. After the connection was lost, every listener is told that
/// it may have missed some.</summary>
internal sealed partial class NoticeListener : IAsyncDisposable
{
    public const string Channel = "unifiedmsg";

    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(200);

    private readonly NpgsqlDataSource _source;
    private readonly string _node;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private ImmutableArray<Listener> _listeners = [];
    private Task _running = Task.CompletedTask;

    private NoticeListener(NpgsqlDataSource source, string node, ILogger logger)
    {
        _source = source;
        _node = node;
        _logger = logger;
    }

    /// <summary>Begins to listen; what is said after this returned is heard.</summary>
    public static async Task<NoticeListener> StartAsync(NpgsqlDataSource source, string node, ILogger logger, CancellationToken cancellationToken)
    {
        var listener = new NoticeListener(source, node, logger);
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
            await using var command = new NpgsqlCommand($"LISTEN {Channel}", connection);
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
                if (gap)
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
        Log.Back(_logger);
    }

    private async Task ListenAsync(NpgsqlConnection connection, Queue<string> heard)
    {
        while (true)
        {
            while (heard.TryDequeue(out string? notice))
                await TellAsync(notice);
            await connection.WaitAsync(_stop.Token);
        }
    }

    private async ValueTask TellAsync(string notice)
    {
        string[] parts = notice.Split(' ', 3);
        if (parts.Length < 3 || parts[0] == _node)
            return;
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

        [LoggerMessage(2021, LogLevel.Information, "Other servers' changes are heard again")]
        public static partial void Back(ILogger logger);
    }
}
