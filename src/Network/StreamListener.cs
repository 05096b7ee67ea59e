using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace UnifiedMsg.Network;

/// <summary>
/// Accepts TCP connections on Kestrel's transport and gives each to one handler. An idle connection holds no read buffer.
/// </summary>
public sealed partial class StreamListener : IAsyncDisposable
{
    private readonly StreamListenerOptions _options;
    private readonly Func<StreamConnection, CancellationToken, Task> _serve;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ConnectionLimiter _limiter;
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
        if (options is { ImplicitTls: true, Certificate: null })
            throw new ArgumentException("Implicit TLS needs a certificate.", nameof(options));
        _options = options;
        _serve = serve;
        _logger = logger;
        _time = time ?? TimeProvider.System;
        _limiter = new ConnectionLimiter(options.MaxConnections, options.MaxConnectionsPerAddress);
        _transport = new SocketTransportFactory(Options.Create(SocketOptions.For(options)), NullLoggerFactory.Instance);
    }

    /// <summary>The endpoints listened on, with their actual ports; empty before <see cref="StartAsync"/>.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    /// <summary>How many connections are open.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>Takes every endpoint, or none.</summary>
    /// <exception cref="ListenException">An endpoint can't be had.</exception>
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
            Log.Listening(_logger, _options.Name, listener.EndPoint);
            _acceptLoops.Add(AcceptAsync(listener));
        }
    }

    /// <summary>Stops accepting, tells every handler by its token, waits for them at most <paramref name="drain"/>, then cuts what is left.</summary>
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
        var address = ((IPEndPoint)context.RemoteEndPoint!).Address;
        var connection = new StreamConnection(context, _options, _time);
        var entered = _limiter.TryEnter(address);
        try
        {
            if (entered)
                await ServeAsync(connection);
            else
                await RefuseAsync(connection);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or TimeoutException or AuthenticationException)
        {
            Log.Ended(_logger, _options.Name, connection.Id, e.Message);
        }
        catch (Exception e)
        {
            // A fault of ours ends this connection only.
            Log.Failed(_logger, e, _options.Name, connection.Id);
        }
        finally
        {
            await connection.DisposeAsync();
            if (entered)
                _limiter.Leave(address);
            _connections.TryRemove(context, out _);
        }
    }

    private async Task ServeAsync(StreamConnection connection)
    {
        Log.Accepted(_logger, _options.Name, connection.Id, connection.RemoteEndPoint);
        if (_options.ImplicitTls)
            await connection.HandshakeAsync(_stopping.Token);
        await _serve(connection, _stopping.Token);
    }

    private async Task RefuseAsync(StreamConnection connection)
    {
        Log.Refused(_logger, _options.Name, connection.Id, connection.RemoteEndPoint);
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
        [LoggerMessage(1000, LogLevel.Information, "{Name} listens on {EndPoint}")]
        public static partial void Listening(ILogger logger, string name, EndPoint endPoint);

        [LoggerMessage(1001, LogLevel.Debug, "{Name} {Connection}: connection from {Remote}")]
        public static partial void Accepted(ILogger logger, string name, string connection, EndPoint remote);

        [LoggerMessage(1002, LogLevel.Warning, "{Name} {Connection}: refused {Remote}: too many connections")]
        public static partial void Refused(ILogger logger, string name, string connection, EndPoint remote);

        [LoggerMessage(1003, LogLevel.Debug, "{Name} {Connection}: ended: {Reason}")]
        public static partial void Ended(ILogger logger, string name, string connection, string reason);

        [LoggerMessage(1004, LogLevel.Error, "{Name} {Connection}: a fault of the server ended the connection")]
        public static partial void Failed(ILogger logger, Exception exception, string name, string connection);

        [LoggerMessage(1005, LogLevel.Warning, "{Name}: {Count} connections did not end in time and are cut off")]
        public static partial void CuttingOff(ILogger logger, string name, int count);
    }
}
