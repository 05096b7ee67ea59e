using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Network;

namespace UnifiedMsg.Sip.Transports;

/// <summary>TCP: the listener, and one connection per peer, whoever made it (RFC 3261 §18.1.1: connections are used again).</summary>
internal sealed partial class TcpTransport : IAsyncDisposable
{
    private readonly SipOptions _options;
    private readonly OwnAddresses _own;
    private readonly TransportLayer _layer;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly StreamListener? _listener;
    private readonly ConcurrentDictionary<IPEndPoint, StreamFlow> _flows = new();
    private readonly ConcurrentDictionary<IPEndPoint, Task<StreamFlow>> _connecting = new();
    private readonly ConcurrentDictionary<Task, byte> _outgoing = new();
    private readonly CancellationTokenSource _stopping = new();

    public TcpTransport(SipOptions options, OwnAddresses own, TransportLayer layer, ILogger logger, TimeProvider time)
    {
        _options = options;
        _own = own;
        _layer = layer;
        _logger = logger;
        _time = time;
        IPEndPoint[] endPoints = [.. options.Listen.Where(p => p.Transport == SipTransportKind.Tcp).Select(p => p.EndPoint)];
        if (endPoints.Length > 0)
            _listener = new StreamListener(ListenerOptions(options, endPoints), ServeAsync, logger, time);
    }

    public IReadOnlyList<IPEndPoint> Bound => _listener?.EndPoints ?? [];

    public Task StartAsync(CancellationToken cancellationToken) => _listener?.StartAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>The connection to that peer, made when there is none.</summary>
    /// <exception cref="SocketException">The peer can't be reached.</exception>
    /// <exception cref="TimeoutException">It did not answer in time.</exception>
    public async ValueTask<SipFlow> FlowToAsync(IPEndPoint remote, CancellationToken cancellationToken)
    {
        if (_flows.TryGetValue(remote, out var flow) && flow.IsOpen)
            return flow;
        var begin = new TaskCompletionSource<StreamFlow>(TaskCreationOptions.RunContinuationsAsynchronously);
        var connect = _connecting.GetOrAdd(remote, begin.Task);
        if (ReferenceEquals(connect, begin.Task))
            _ = ConnectAsync(remote, begin);
        return await connect.WaitAsync(cancellationToken);
    }

    public async Task StopAsync(TimeSpan drain)
    {
        if (_listener is not null)
            await _listener.StopAsync(drain);
        await _stopping.CancelAsync();
        await Task.WhenAll(_outgoing.Keys);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.FromSeconds(1));
        if (_listener is not null)
            await _listener.DisposeAsync();
        _stopping.Dispose();
    }

    private static StreamListenerOptions ListenerOptions(SipOptions options, IReadOnlyList<IPEndPoint> endPoints) => new()
    {
        Name = "sip (tcp)",
        EndPoints = endPoints,
        MaxConnections = options.MaxConnections,
        MaxConnectionsPerAddress = options.MaxConnectionsPerAddress,
    };

    private async Task ConnectAsync(IPEndPoint remote, TaskCompletionSource<StreamFlow> connected)
    {
        try
        {
            using var limit = new CancellationTokenSource(_options.ConnectTimeout, _time);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopping.Token);
            var connection = await StreamConnection.ConnectAsync(remote, null, _time, linked.Token);
            var run = RunOutgoingAsync(connection, connected);
            _outgoing.TryAdd(run, 0);
            _ = run.ContinueWith(t => _outgoing.TryRemove(t, out _), TaskScheduler.Default);
        }
        catch (OperationCanceledException)
        {
            connected.TrySetException(new TimeoutException($"tcp {remote}: no connection in {_options.ConnectTimeout.TotalSeconds} s"));
        }
        catch (SocketException e)
        {
            Log.ConnectFailed(_logger, remote, e.SocketErrorCode);
            connected.TrySetException(e);
        }
        finally
        {
            _connecting.TryRemove(remote, out _);
        }
    }

    private async Task RunOutgoingAsync(StreamConnection connection, TaskCompletionSource<StreamFlow> connected)
    {
        await using (connection)
            await RunAsync(connection, connected, _stopping.Token);
    }

    private Task ServeAsync(StreamConnection connection, CancellationToken stopping) => _layer.Guard.IsBlocked(connection.RemoteEndPoint.Address)
        ? Task.CompletedTask
        : RunAsync(connection, null, stopping);

    private async Task RunAsync(StreamConnection connection, TaskCompletionSource<StreamFlow>? connected, CancellationToken stopping)
    {
        var flow = new StreamFlow(connection, OwnAddress(connection), _layer, _options.IdleTimeout, _time);
        _flows[connection.RemoteEndPoint] = flow;
        connected?.TrySetResult(flow);
        try
        {
            await flow.RunAsync(stopping);
        }
        finally
        {
            _flows.TryRemove(KeyValuePair.Create(connection.RemoteEndPoint, flow));
        }
    }

    // What is advertised is the listening port: new connections must find us when this one is gone. Without a listener there is
    // only this connection.
    private SipAddress OwnAddress(StreamConnection connection)
    {
        var listening = Bound.FirstOrDefault(b => b.AddressFamily == connection.LocalEndPoint.AddressFamily);
        return _own.Towards(connection.RemoteEndPoint.Address,
            new IPEndPoint(connection.LocalEndPoint.Address, listening?.Port ?? connection.LocalEndPoint.Port));
    }

    private static partial class Log
    {
        [LoggerMessage(4010, LogLevel.Warning, "tcp {Remote}: can't connect: {Error}")]
        public static partial void ConnectFailed(ILogger logger, IPEndPoint remote, SocketError error);
    }
}
