using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Network;
using UnifiedMsg.Sip.Resolution;

namespace UnifiedMsg.Sip.Transports;

/// <summary>
/// A transport that has connections: a listener, and one connection per peer, whoever made it (RFC 3261 §18: connections are used again).
/// </summary>
internal abstract partial class ConnectionTransport : IAsyncDisposable
{
    private readonly OwnAddresses _own;
    private readonly TransportLayer _layer;
    private readonly ConcurrentDictionary<FlowKey, ConnectionFlow> _flows = new();
    private readonly ConcurrentDictionary<FlowKey, Task<ConnectionFlow>> _connecting = new();
    private readonly ConcurrentDictionary<Task, byte> _outgoing = new();
    private readonly CancellationTokenSource _stopping = new();

    // Asked of the source beforehand: a request may still be on its way here when that is disposed of.
    private readonly CancellationToken _stop;

    protected ConnectionTransport(SipTransportKind kind, SipOptions options, OwnAddresses own, TransportLayer layer, ILogger logger, TimeProvider time)
    {
        (Kind, Options, Logger, Time) = (kind, options, logger, time);
        (_own, _layer, _stop) = (own, layer, _stopping.Token);
    }

    public SipTransportKind Kind { get; }

    public IReadOnlyList<IPEndPoint> Bound => Listener?.EndPoints ?? [];

    /// <summary>Accepts the connections of peers; null when nothing is listened on.</summary>
    protected IListener? Listener { get; init; }

    protected SipOptions Options { get; }

    protected ILogger Logger { get; }

    protected TimeProvider Time { get; }

    /// <exception cref="ListenException">An endpoint can't be had.</exception>
    public Task StartAsync(CancellationToken cancellationToken) => Listener?.StartAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>The connection to that peer, made when there is none.</summary>
    /// <exception cref="SocketException">The peer can't be reached.</exception>
    /// <exception cref="IOException">It went away at once, or is no such server.</exception>
    /// <exception cref="AuthenticationException">It could not prove who it is.</exception>
    /// <exception cref="TimeoutException">It did not answer in time.</exception>
    public async ValueTask<SipFlow> FlowToAsync(SipTarget target, CancellationToken cancellationToken)
    {
        var key = KeyOf(target);
        if (_flows.TryGetValue(key, out var flow) && flow.IsOpen)
            return flow;
        var begin = new TaskCompletionSource<ConnectionFlow>(TaskCreationOptions.RunContinuationsAsynchronously);
        var connect = _connecting.GetOrAdd(key, begin.Task);
        if (ReferenceEquals(connect, begin.Task))
            Begin(target, key, begin);
        return await connect.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// A client with a certificate asks that its connection be used for requests to it too (RFC 5923 §8): from now on it is the connection
    /// to that name at that port of its address.
    /// </summary>
    public void AddAlias(ConnectionFlow flow, string name, int port)
    {
        var key = new FlowKey(new IPEndPoint(flow.Remote.Address, port), name.ToLowerInvariant());
        if (flow.TryAddAlias(key))
            _flows[key] = flow;
    }

    public async Task StopAsync(TimeSpan drain)
    {
        if (Listener is not null)
            await Listener.StopAsync(drain);
        await _stopping.CancelAsync();
        await Task.WhenAll(_outgoing.Keys);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.FromSeconds(1));
        if (Listener is not null)
            await Listener.DisposeAsync();
        _stopping.Dispose();
    }

    /// <summary>Opens a connection and runs <paramref name="serve"/> over it until it ends.</summary>
    protected abstract Task OpenAsync(SipTarget target, Func<ConnectionFlow, Task> serve, CancellationToken cancellationToken);

    /// <summary>Serves a connection that a peer opened.</summary>
    protected Task ServeAsync(ConnectionFlow flow, CancellationToken stopping) => _layer.Guard.IsBlocked(flow.Remote.Address)
        ? Task.CompletedTask
        : RunAsync(flow, new FlowKey(flow.Remote, null), stopping);

    protected FlowSettings Settings(bool isOurs) => new(_layer, Options, isOurs, Logger, Time);

    // What is advertised is the listening port: new connections must find us when this one is gone. Without a listener there is
    // only this connection.
    protected SipAddress OwnAddress(IPEndPoint local, IPEndPoint remote)
    {
        var listening = Bound.FirstOrDefault(b => b.AddressFamily == local.AddressFamily);
        // RFC 7118 §5.2: the client of a WebSocket is reached by nothing but this WebSocket, and says so.
        return listening is null && Kind.IsWebSocket
            ? new SipAddress($"{Transactions.SipIds.Tag()}.invalid", null, local.Address)
            : _own.Towards(remote.Address, new IPEndPoint(local.Address, listening?.Port ?? local.Port));
    }

    private FlowKey KeyOf(SipTarget target) =>
        new(target.EndPoint, Kind.IsSecure ? (target.Name ?? target.EndPoint.Address.ToString()).ToLowerInvariant() : null);

    private void Begin(SipTarget target, FlowKey key, TaskCompletionSource<ConnectionFlow> connected)
    {
        var run = ConnectAsync(target, key, connected);
        _outgoing.TryAdd(run, 0);
        _ = run.ContinueWith(t => _outgoing.TryRemove(t, out _), TaskScheduler.Default);
    }

    /// <summary>Connects, and serves the connection to its end.</summary>
    private async Task ConnectAsync(SipTarget target, FlowKey key, TaskCompletionSource<ConnectionFlow> connected)
    {
        var limit = Options.ConnectTimeout + (Kind.IsSecure || Kind.IsWebSocket ? Options.Tls.HandshakeTimeout : TimeSpan.Zero);
        using var timeout = new CancellationTokenSource(limit, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stop);
        try
        {
            await OpenAsync(target, Serve, either.Token);
        }
        catch (OperationCanceledException)
        {
            connected.TrySetException(new TimeoutException($"{Kind.Scheme} {target.EndPoint}: no connection in {limit.TotalSeconds} s"));
        }
        catch (Exception e)
        {
            // Whatever it is, such as a name that no URI can hold: whoever waits must not wait for ever.
            if (connected.TrySetException(e is SocketException or IOException or AuthenticationException ? e : new IOException(e.Message, e)))
                Log.ConnectFailed(Logger, Kind.Scheme, target.EndPoint, e.Message);
        }
        finally
        {
            _connecting.TryRemove(key, out _);
        }

        async Task Serve(ConnectionFlow flow)
        {
            timeout.CancelAfter(Timeout.InfiniteTimeSpan);
            var run = RunAsync(flow, key, _stop);
            connected.TrySetResult(flow);
            _connecting.TryRemove(key, out _);
            await run;
        }
    }

    private async Task RunAsync(ConnectionFlow flow, FlowKey key, CancellationToken stopping)
    {
        _flows[key] = flow;
        try
        {
            await flow.RunAsync(stopping);
        }
        finally
        {
            _flows.TryRemove(KeyValuePair.Create(key, flow));
            foreach (var alias in flow.Aliases)
                _flows.TryRemove(KeyValuePair.Create(alias, flow));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4010, LogLevel.Warning, "{Transport} {Remote}: can't connect: {Reason}")]
        public static partial void ConnectFailed(ILogger logger, string transport, IPEndPoint remote, string reason);
    }
}
