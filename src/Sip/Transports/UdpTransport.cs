using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Network;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Transports;

/// <summary>One UDP socket. A single loop receives; nothing is allocated for a datagram but the message made of it.</summary>
internal sealed partial class UdpTransport : IAsyncDisposable
{
    /// <summary>Peers whose flow is kept; beyond it the memory starts anew, which costs an object per peer.</summary>
    private const int MaxFlows = 16_384;

    private readonly Socket _socket;
    private readonly OwnAddresses _own;
    private readonly TransportLayer _layer;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<SocketAddress, UdpFlow> _flows = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;

    public UdpTransport(IPEndPoint endPoint, int receiveBuffer, OwnAddresses own, TransportLayer layer, ILogger logger)
    {
        _own = own;
        _layer = layer;
        _logger = logger;
        _socket = new Socket(endPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
                _socket.DualMode = false;
            _socket.ReceiveBufferSize = receiveBuffer;
            _socket.SendBufferSize = receiveBuffer;
            _socket.Bind(endPoint);
        }
        catch (SocketException e)
        {
            _socket.Dispose();
            throw new ListenException("sip (udp)", endPoint, e);
        }
        Bound = (IPEndPoint)_socket.LocalEndPoint!;
    }

    public IPEndPoint Bound { get; }

    public void Start() => _loop = Task.Run(ReceiveAsync);

    public SipFlow FlowTo(IPEndPoint remote) => FlowTo(remote.Serialize(), remote);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _socket.Dispose();
        await _loop;
        _stopping.Dispose();
    }

    private async Task ReceiveAsync()
    {
        var buffer = GC.AllocateArray<byte>(SipLimits.MaxMessageOctets, pinned: true).AsMemory();
        var from = new SocketAddress(Bound.AddressFamily);
        var gauge = _layer.Overload.Watch();
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var receiving = _socket.ReceiveFromAsync(buffer, SocketFlags.None, from, _stopping.Token);
                if (receiving.IsCompleted)
                    gauge.Busy();
                else
                    gauge.CaughtUp();
                var length = await receiving;
                _layer.Received(buffer.Span[..length], FlowFrom(from));
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // An ICMP error of an earlier datagram shows here; the socket is as good as before.
                if (_stopping.IsCancellationRequested)
                    return;
                Log.ReceiveFailed(_logger, Bound, e.SocketErrorCode);
            }
        }
    }

    private UdpFlow FlowFrom(SocketAddress from)
    {
        if (_flows.TryGetValue(from, out var flow))
            return flow;
        var copy = new SocketAddress(from.Family, from.Size);
        from.Buffer.Span[..from.Size].CopyTo(copy.Buffer.Span);
        return FlowTo(copy, (IPEndPoint)Bound.Create(copy));
    }

    private UdpFlow FlowTo(SocketAddress address, IPEndPoint remote)
    {
        if (_flows.TryGetValue(address, out var flow))
            return flow;
        if (_flows.Count >= MaxFlows)
            _flows.Clear();
        flow = new UdpFlow(this, address, remote, _own.Towards(remote.Address, Bound));
        _flows[address] = flow;
        return flow;
    }

    private sealed class UdpFlow(UdpTransport transport, SocketAddress address, IPEndPoint remote, SipAddress own)
        : SipFlow(SipTransportKind.Udp, remote, own)
    {
        public override SipFlow Beside(int port) => transport.FlowTo(new IPEndPoint(Remote.Address, port));

        public override void Send(byte[] message, ISendObserver? observer)
        {
            if (!transport._layer.Leaves(message, this))
                return;
            try
            {
                transport._socket.SendTo(message, SocketFlags.None, address);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                Log.SendFailed(transport._logger, Remote, e.Message);
                Fail(observer, e.Message);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4000, LogLevel.Debug, "udp {Bound}: receive failed: {Error}")]
        public static partial void ReceiveFailed(ILogger logger, IPEndPoint bound, SocketError error);

        [LoggerMessage(4001, LogLevel.Warning, "udp {Remote}: a message could not be sent: {Reason}")]
        public static partial void SendFailed(ILogger logger, IPEndPoint remote, string reason);
    }
}
