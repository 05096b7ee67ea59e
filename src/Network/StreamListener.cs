using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace UnifiedMsg.Network;

/// <summary>
/// Accepts TCP connections on Kestrel's transport and gives each to one handler. An idle connection holds no read buffer.
/// </summary>
public sealed partial class StreamListener : IListener
{
    private readonly StreamListenerOptions _options;
    private readonly Func<StreamConnection, CancellationToken, Task> _serve;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ConnectionGate _gate;
    private readonly SocketTransportFactory _transport;
    private readonly ConcurrentDictionary<ConnectionContext, Task> _connections = new();
    private readonly List<IConnectionListener> _listeners = [];
    private readonly List<Task> _acceptLoops = [];
    private readonly CancellationTokenSource _stopping = new();
    private int _stopped;

    /// <summary>Makes a listener that does nothing until <see cref="StartAsync"/>.</summary>
    /// <param name="options">Where and with which limits.</param>
    /// <param name="serve">Serves one connection to its end. Its token is cancelled when the listener stops: the handler then says
    /// farewell and returns. The connection is disposed after it returns.</param>
    /// <param name="logger">Where the listener logs.</param>
    /// <param name="time">The clock of the time-outs.</param>
    public StreamListener(
        StreamListenerOptions options, Func<StreamConnection, CancellationToken, Task> serve, ILogger logger, TimeProvider? time = null)
    {
        _gate = new ConnectionGate(options, logger);
        _options = options;
        _serve = serve;
        _logger = logger;
        _time = time ?? TimeProvider.System;
        _transport = new SocketTransportFactory(Options.Create(SocketOptions.For(options)), NullLoggerFactory.Instance);
    }

    /// <inheritdoc/>
    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    /// <summary>How many connections are open.</summary>
    public int ConnectionCount => _connections.Count;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var endPoint in _options.EndPoints)
        {
            try
            {
                _listeners.Add(await _transport.BindAsync(endPoint, cancellationToken));
            }
            catch (Exception e) when (e is IOException or SocketException or AddressInUseException)
            {
                await CloseListenersAsync();
                throw new ListenException(_options.Name, endPoint, e);
            }
        }
        EndPoints = _listeners.ConvertAll(listener => (IPEndPoint)listener.EndPoint);
        foreach (var listener in _listeners)
        {
            _gate.TellListening(listener.EndPoint);
            _acceptLoops.Add(AcceptAsync(listener));
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync(TimeSpan drain)
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
            return;
        await CloseListenersAsync();
        await Task.WhenAll(_acceptLoops);
        await _stopping.CancelAsync();
        var all = Task.WhenAll(_connections.Values);
        try
        {
            await all.WaitAsync(drain, _time);
        }
        catch (TimeoutException)
        {
            Log.CuttingOff(_logger, _options.Name, _connections.Count);
            foreach (var context in _connections.Keys)
                context.Abort();
            await all;
        }
    }

    /// <summary>Stops without waiting for the handlers.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        _stopping.Dispose();
    }

    private async Task AcceptAsync(IConnectionListener listener)
    {
        while (await listener.AcceptAsync(CancellationToken.None) is { } context)
        {
            var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var run = RunAsync(context, begin.Task);
            _connections[context] = run;
            begin.SetResult();
        }
    }

    private async Task RunAsync(ConnectionContext context, Task begin)
    {
        await begin;
        var connection = new StreamConnection(context, _options, _time);
        await _gate.PassAsync(connection.Id, connection.RemoteEndPoint, () => ServeAsync(connection), () => RefuseAsync(connection));
        _connections.TryRemove(context, out _);
    }

    private async Task ServeAsync(StreamConnection connection)
    {
        await using var closing = connection;
        if (_options.ImplicitTls)
            await connection.HandshakeAsync(_stopping.Token);
        await _serve(connection, _stopping.Token);
    }

    private async Task RefuseAsync(StreamConnection connection)
    {
        await using var closing = connection;
        if (_options.ImplicitTls || _options.Refusal.IsEmpty)
        {
            connection.Abort();
            return;
        }
        await connection.Output.WriteAsync(_options.Refusal, _stopping.Token);
    }

    private async Task CloseListenersAsync()
    {
        foreach (var listener in _listeners)
        {
            await listener.UnbindAsync();
            await listener.DisposeAsync();
        }
        _listeners.Clear();
    }

    private static partial class Log
    {
        [LoggerMessage(1005, LogLevel.Warning, "{Name}: {Count} connections did not end in time and are cut off")]
        public static partial void CuttingOff(ILogger logger, string name, int count);
    }
}
