using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Guard;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Resolution;
using UnifiedMsg.Sip.Tracing;

namespace UnifiedMsg.Sip.Transports;

/// <summary>What stands above the transports.</summary>
internal interface IMessageSink
{
    void OnRequest(SipRequest request, SipFlow flow);

    void OnResponse(SipResponse response, SipFlow flow);

    /// <summary>A request that can be answered but not served.</summary>
    void OnMalformed(SipRequest request, int status, string error, SipFlow flow);
}

/// <summary>All sockets (RFC 3261 §18).</summary>
internal sealed partial class TransportLayer : IAsyncDisposable
{
    /// <summary>Octets of a start line, at the least.</summary>
    private const int ShortestMessage = 16;

    private readonly SipOptions _options;
    private readonly IMessageSink _sink;
    private readonly ILogger _logger;
    private readonly OwnAddresses _own;
    private readonly ConnectionTransport[] _connections;
    private readonly List<UdpTransport> _udp = [];

    public TransportLayer(SipOptions options, IMessageSink sink, ILogger logger, TimeProvider time)
    {
        _options = options;
        _sink = sink;
        Traces = new SipTraces(options.Trace, time);
        Guard = new SipGuard(options, Metrics, logger, time);
        // The machine's own clock: how busy it is does not depend on what a test takes for the time.
        Overload = new OverloadMonitor(options.Guard.MaxQueueDelay, logger, TimeProvider.System);
        _logger = logger;
        _own = new OwnAddresses(options.AdvertisedHost);
        _connections =
        [
            new StreamTransport(SipTransportKind.Tcp, options, _own, this, logger, time),
            new StreamTransport(SipTransportKind.Tls, options, _own, this, logger, time),
            new WebSocketTransport(SipTransportKind.Ws, options, _own, this, logger, time),
            new WebSocketTransport(SipTransportKind.Wss, options, _own, this, logger, time),
        ];
    }

    public SipTraces Traces { get; }

    public SipGuard Guard { get; }

    public GuardMetrics Metrics { get; } = new();

    public OverloadMonitor Overload { get; }

    public IReadOnlyList<SipListenPoint> Bound { get; private set; } = [];

    /// <summary>Takes every listen point, or none.</summary>
    /// <exception cref="Network.ListenException">One can't be had.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var point in _options.Listen.Where(p => p.Transport == SipTransportKind.Udp))
                _udp.Add(new UdpTransport(point.EndPoint, _options.UdpReceiveBuffer, _own, this, _logger));
            foreach (var transport in _connections)
                await transport.StartAsync(cancellationToken);
        }
        catch
        {
            await StopAsync(TimeSpan.Zero);
            await CloseUdpAsync();
            throw;
        }
        Bound =
        [
            .. _udp.Select(u => new SipListenPoint(SipTransportKind.Udp, u.Bound)),
            .. _connections.SelectMany(t => t.Bound.Select(b => new SipListenPoint(t.Kind, b))),
        ];
        foreach (var udp in _udp)
            udp.Start();
        foreach (var point in Bound)
            Log.Listening(_logger, point);
    }

    /// <summary>A way to that target.</summary>
    /// <exception cref="SocketException">There is none, or nobody is there.</exception>
    /// <exception cref="IOException">The peer went away at once, or is no such server.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The peer could not prove who it is.</exception>
    /// <exception cref="TimeoutException">The peer did not answer in time.</exception>
    public ValueTask<SipFlow> FlowToAsync(SipTarget target, CancellationToken cancellationToken) => target.Transport == SipTransportKind.Udp
        ? new ValueTask<SipFlow>(UdpFlowTo(target.EndPoint))
        : Transport(target.Transport).FlowToAsync(target, cancellationToken);

    /// <summary>
    /// Where the responses to a request go (RFC 3261 §18.2.2, RFC 3581 §4). A maddr parameter is not followed: it would let anybody
    /// have us send to a third party.
    /// </summary>
    public SipFlow FlowOfResponses(SipRequest request, SipFlow flow)
    {
        if (flow.Kind != SipTransportKind.Udp || request.TopVia is not { } via || via.Parameters.Contains("rport"))
            return flow;
        var port = via.Port ?? SipTransportKind.Udp.DefaultPort;
        return port == flow.Remote.Port ? flow : flow.Beside(port);
    }

    /// <summary>A whole message, or what else came.</summary>
    public void Received(ReadOnlySpan<byte> octets, SipFlow flow)
    {
        try
        {
            Take(octets, flow);
        }
        catch (Exception e)
        {
            // A fault over one message, ours or the application's, must not end the reception of all others.
            Log.Fault(_logger, e, flow);
        }
    }

    /// <summary>The head of a message whose end can't be told: answered if that is possible, whatever else is right about it.</summary>
    public void ReceivedBroken(ReadOnlySpan<byte> head, SipFlow flow)
    {
        try
        {
            var result = SipParser.Parse(head);
            Deliver(result.IsGood ? result with { Error = "Bad Content-Length" } : result, flow);
        }
        catch (Exception e)
        {
            Log.Fault(_logger, e, flow);
        }
    }

    /// <summary>A message is about to leave, and is kept in the trace. False when it is to be lost.</summary>
    public bool Leaves(byte[] message, SipFlow flow)
    {
        Traces.Sent(message, flow);
        return _options.Filter is not { } filter || !filter.Drops(outgoing: true, message, flow.Remote);
    }

    public Task StopAsync(TimeSpan drain) => Task.WhenAll(_connections.Select(transport => transport.StopAsync(drain)));

    public async ValueTask DisposeAsync()
    {
        foreach (var transport in _connections)
            await transport.DisposeAsync();
        await CloseUdpAsync();
        Metrics.Dispose();
    }

    private void Take(ReadOnlySpan<byte> octets, SipFlow flow)
    {
        if (_options.Filter is { } filter && filter.Drops(outgoing: false, octets, flow.Remote))
            return;
        // RFC 5626 §3.5: keep-alives are nobody's message: line breaks, however many, and STUN, whose first octet is no character
        // (RFC 7983 §7).
        if (octets.Length < ShortestMessage || octets[0] < ' ' && (octets[0] is not ((byte)'\r' or (byte)'\n') || !octets.ContainsAnyExcept((byte)'\r', (byte)'\n')))
            return;
        if (!Guard.Admits(octets, flow))
            return;
        var result = SipParser.Parse(octets);
        if (result.Message is { } message)
        {
            if (!Guard.Admits(message, flow))
                return;
            Traces.Received(message, octets, flow);
        }
        Deliver(result, flow);
    }

    private void Deliver(SipParseResult result, SipFlow flow)
    {
        switch (result.Message)
        {
            case SipRequest request when result.IsGood:
                NoteAlias(request, flow);
                StampVia(request, flow);
                _sink.OnRequest(request, flow);
                break;
            case SipRequest request:
                Log.Malformed(_logger, flow, result.Error!);
                if (!Guard.AnswersMalformed(flow))
                    break;
                StampVia(request, flow);
                _sink.OnMalformed(request, result.Status, result.Error!, flow);
                break;
            case SipResponse response when result.IsGood:
                _sink.OnResponse(response, flow);
                break;
            default:
                Log.Dropped(_logger, flow, result.Error ?? "");
                break;
        }
    }

    // RFC 3261 §18.2.1 and RFC 3581 §4: the sender's Via gets the address it really came from.
    private static void StampVia(SipRequest request, SipFlow flow)
    {
        if (request.TopVia is not { } via)
            return;
        var parameters = via.Parameters;
        var wantsPort = parameters.Contains("rport");
        if (wantsPort)
            parameters = parameters.With("rport", flow.Remote.Port.ToString());
        if (wantsPort || SipUri.AddressOf(via.Host) is not { } sentBy || !sentBy.Equals(flow.Remote.Address))
            parameters = parameters.With("received", OwnAddresses.WithoutZone(flow.Remote.Address));
        if (!ReferenceEquals(parameters, via.Parameters))
            request.Headers.ReplaceFirstValue(SipHeaderNames.Via, (via with { Parameters = parameters }).ToString());
    }

    // RFC 5923 §8: only whom its certificate names gets requests by a connection that it has opened.
    private void NoteAlias(SipRequest request, SipFlow flow)
    {
        if (flow is ConnectionFlow { ClientCertificate: { } shown } connection && request.TopVia is { } via && via.Parameters.Contains("alias")
            && DomainCertificates.SpeaksFor(shown, via.Host.Trim('[', ']')))
            Transport(flow.Kind).AddAlias(connection, via.Host.Trim('[', ']'), via.Port ?? flow.Kind.DefaultPort);
    }

    private SipFlow UdpFlowTo(IPEndPoint remote)
    {
        // The socket whose address fits best: one on the same network as loopback or not, then any of that family.
        var sockets = _udp.Where(u => u.Bound.AddressFamily == remote.AddressFamily);
        var socket = sockets.FirstOrDefault(u => IPAddress.IsLoopback(u.Bound.Address) == IPAddress.IsLoopback(remote.Address))
            ?? sockets.FirstOrDefault()
            ?? throw new SocketException((int)SocketError.AddressFamilyNotSupported);
        return socket.FlowTo(remote);
    }

    private async Task CloseUdpAsync()
    {
        foreach (var udp in _udp)
            await udp.DisposeAsync();
        _udp.Clear();
    }

    private ConnectionTransport Transport(SipTransportKind kind) => Array.Find(_connections, transport => transport.Kind == kind)!;

    private static partial class Log
    {
        [LoggerMessage(4020, LogLevel.Information, "SIP listens on {Point}")]
        public static partial void Listening(ILogger logger, SipListenPoint point);

        [LoggerMessage(4021, LogLevel.Debug, "{Flow}: malformed request refused: {Error}")]
        public static partial void Malformed(ILogger logger, SipFlow flow, string error);

        [LoggerMessage(4023, LogLevel.Error, "{Flow}: a message could not be handled")]
        public static partial void Fault(ILogger logger, Exception exception, SipFlow flow);

        [LoggerMessage(4022, LogLevel.Debug, "{Flow}: malformed message dropped: {Error}")]
        public static partial void Dropped(ILogger logger, SipFlow flow, string error);
    }
}
