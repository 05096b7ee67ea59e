using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Tests;

/// <summary>What a connection may cost, how it is kept, and what is done when it is gone.</summary>
public sealed class ConnectionTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _events = [];

    [Fact]
    public void A_message_has_its_time_and_a_trickle_does_not_prolong_it()
    {
        using var watchdog = Watchdog(isOurs: false);
        watchdog.Heard(unfinished: false, finished: true);
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            watchdog.Heard(unfinished: true, finished: false);
        }
        Assert.Empty(_events);
        _time.Advance(TimeSpan.FromSeconds(12));
        Assert.Equal(["no whole message within 32 s"], _events);
    }

    [Fact]
    public void Each_message_has_its_own_time()
    {
        using var watchdog = Watchdog(isOurs: false);
        for (var i = 0; i < 10; i++)
        {
            watchdog.Heard(unfinished: true, finished: true);
            _time.Advance(TimeSpan.FromSeconds(20));
        }
        Assert.Empty(_events);
    }

    [Theory]
    [InlineData(false, "no whole message within 32 s", 32)]
    [InlineData(true, "nothing heard for 1800 s", 1800)]
    public void Who_opens_a_connection_has_something_to_say(bool isOurs, string expected, int seconds)
    {
        using var watchdog = Watchdog(isOurs, TimeSpan.Zero);
        _time.Advance(TimeSpan.FromSeconds(seconds - 1));
        Assert.Empty(_events);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([expected], _events);
    }

    [Fact]
    public void Pings_go_over_connections_of_ours_only()
    {
        using var theirs = Watchdog(isOurs: false);
        theirs.Heard(unfinished: false, finished: true);
        _time.Advance(TimeSpan.FromSeconds(600));
        Assert.Empty(_events);
        using var ours = Watchdog(isOurs: true);
        _time.Advance(TimeSpan.FromSeconds(95));
        Assert.Empty(_events);
        _time.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal(["ping"], _events);
    }

    [Fact]
    public void A_peer_that_has_answered_a_ping_must_answer_the_next()
    {
        using var watchdog = Watchdog(isOurs: true);
        for (var i = 0; i < 3; i++)
            NextPing(); // never answered, and so nobody was promised anything
        Assert.True(watchdog.ExpectsPong);
        watchdog.HeardPong();
        Assert.False(watchdog.ExpectsPong);
        NextPing();
        watchdog.Heard(unfinished: false, finished: true); // whatever it says, it lives
        _time.Advance(TimeSpan.FromSeconds(10));
        NextPing();
        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.All(_events, each => Assert.Equal("ping", each));
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("no answer to a ping within 10 s", _events[^1]);
    }

    [Theory]
    [InlineData(SipTransportKind.Tcp, "")]
    [InlineData(SipTransportKind.Tcp, "OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP")]
    public async Task A_connection_that_holds_nothing_but_half_a_message_is_closed(SipTransportKind kind, string half)
    {
        await using var server = new SipEndpoint(Peers.Options(kind), new TestApplication(), NullLoggerFactory.Instance, _time);
        await server.StartAsync(default);
        using var peer = await StreamPeer.ConnectAsync(server.Bound[0].EndPoint);
        await peer.SendAsync(half);
        var closed = peer.ClosedAsync();
        // It may not have been accepted yet: then its time begins later.
        while (!closed.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(33));
            await Task.WhenAny(closed, Task.Delay(20));
        }
        await closed;
    }

    // RFC 6455 §5.2: a frame that announces itself holds a buffer until the rest of it has come.
    [Fact]
    public async Task A_WebSocket_that_begins_a_message_and_does_not_go_on_is_closed()
    {
        var options = Peers.Options(SipTransportKind.Ws) with { IdleTimeout = TimeSpan.FromDays(1) };
        await using var server = new SipEndpoint(options, new TestApplication(), NullLoggerFactory.Instance, _time);
        await server.StartAsync(default);
        using var socket = new TcpClient();
        await socket.ConnectAsync(server.Bound[0].EndPoint);
        using var peer = new StreamPeer(socket.GetStream());
        await peer.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Protocol: sip\r\n\r\n");
        while (!(await ReadLineAsync(peer)).Equals("\r\n", StringComparison.Ordinal))
        {
        }
        // A ping of line breaks, masked with zeros, and its answer; then nothing but the beginning of a frame of 126 octets.
        await socket.GetStream().WriteAsync(new byte[] { 0x81, 0x84, 0, 0, 0, 0, 13, 10, 13, 10 });
        await peer.ReadAsync(4);
        await socket.GetStream().WriteAsync(new byte[] { 0x81, 0xFE, 0, 126, 0, 0, 0, 0 });
        var closed = peer.ClosedAsync();
        while (!closed.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(33));
            await Task.WhenAny(closed, Task.Delay(20));
        }
        await closed;
    }

    [Fact]
    public async Task A_fault_at_one_datagram_does_not_end_the_reception()
    {
        var filter = new FaultyFilter();
        await using var server = new SipEndpoint(Peers.Options(SipTransportKind.Udp, filter), new TestApplication(), NullLoggerFactory.Instance);
        await server.StartAsync(default);
        using var wire = new Wire(server.Bound[0].EndPoint);
        await wire.SendAsync(wire.Request("OPTIONS"));
        await filter.Failed.Task.Soon();
        await wire.SendAsync(wire.Request("OPTIONS", callId: "next"));
        Assert.Equal("next", (await wire.ResponseAsync()).CallId);
    }

    private static async Task<string> ReadLineAsync(StreamPeer peer)
    {
        var line = "";
        while (!line.EndsWith('\n'))
            line += await peer.ReadAsync(1);
        return line;
    }

    /// <summary>Fails at the first message.</summary>
    private sealed class FaultyFilter : IWireFilter
    {
        public TaskCompletionSource Failed { get; } = new();

        public bool Drops(bool outgoing, ReadOnlySpan<byte> message, IPEndPoint remote) =>
            !Failed.TrySetResult() ? false : throw new InvalidOperationException("A fault for the test.");
    }

    [Theory]
    [InlineData(SipTransportKind.Tcp)]
    [InlineData(SipTransportKind.Tls)]
    [InlineData(SipTransportKind.Ws)]
    [InlineData(SipTransportKind.Wss)]
    public async Task Nobody_takes_all_connections(SipTransportKind kind)
    {
        await using var peers = await Peers.StartAsync(kind, server: o => o with { MaxConnectionsPerAddress = 1 });
        var options = peers.Client.CreateRequest("OPTIONS", peers.Uri(), Peers.Alice);
        Assert.Equal(200, (await peers.Client.SendAsync(options).Soon()).Status);
        try
        {
            using var second = await StreamPeer.ConnectAsync(peers.ServerEndPoint);
            await second.ClosedAsync();
        }
        catch (SocketException)
        {
            // It was cut before the connection was seen to be there.
        }
        Assert.Equal(200, (await peers.Client.SendAsync(peers.Client.CreateRequest("OPTIONS", peers.Uri(), Peers.Alice)).Soon()).Status);
    }

    [Fact]
    public async Task A_ping_of_ours_is_two_line_breaks_and_its_answer_is_not_answered()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var client = new SipEndpoint(Peers.Options(SipTransportKind.Tcp), new TestApplication(), NullLoggerFactory.Instance, _time);
        await client.StartAsync(default);
        var target = SipUri.Create("bob", "127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, "tcp");
        var first = client.SendAsync(client.CreateRequest("OPTIONS", target, Peers.Alice));
        using var peer = await StreamPeer.AcceptAsync(listener);
        await AnswerAsync(peer);
        await first.Soon();
        for (var i = 0; i < 4; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(120));
            Assert.Equal("\r\n\r\n", await peer.ReadAsync(4));
            await peer.SendAsync("\r\n");
            // The answer has been read when the request that follows it is answered.
            await peer.SendAsync(StreamPeer.Request("OPTIONS", branch: $"{i}", callId: $"c{i}"));
            Assert.Equal(200, ((SipResponse)await peer.ReceiveAsync()).Status);
        }
    }

    [Fact]
    public async Task Datagrams_that_are_no_SIP_are_dropped()
    {
        await using var peers = await Peers.StartAsync();
        using var wire = new Wire(peers.ServerEndPoint);
        // RFC 8489 §5: a STUN binding request; then keep-alives of line breaks, an empty datagram, and noise.
        await wire.SendAsync([0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xA4, 0x42, .. new byte[12]]);
        await wire.SendAsync("\r\n");
        await wire.SendAsync("\r\n\r\n");
        await wire.SendAsync([]);
        await wire.SendAsync(new byte[1000]);
        await wire.SendAsync(wire.Request("OPTIONS"));
        Assert.Equal(200, (await wire.ResponseAsync()).Status);
    }

    // RFC 3261 §18.2.2: the connection is gone, so the response goes to where the caller listens.
    [Fact]
    public async Task A_response_whose_connection_is_gone_goes_to_the_port_in_Via()
    {
        await using var peers = await Peers.StartAsync(SipTransportKind.Tcp);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using (var caller = await StreamPeer.ConnectAsync(peers.ServerEndPoint))
            await caller.SendAsync(StreamPeer.Request("INVITE", sentBy: listener.LocalEndpoint.ToString()!, body: Peers.Offer));
        var call = await peers.Application.Calls.Reader.Next();
        using var back = await RingUntilAsync(call, listener);
        await call.RejectAsync(486);
        SipMessage message;
        do
            message = await back.ReceiveAsync();
        while (message is SipResponse { IsProvisional: true });
        Assert.Equal(486, Assert.IsType<SipResponse>(message).Status);
    }

    // RFC 3263 §5: and when nobody listens there, to the servers of the name in Via.
    [Fact]
    public async Task Failing_that_it_goes_to_the_name_in_Via()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var asked = "";
        var resolver = new FixedTargets(uri =>
        {
            asked = uri.ToString();
            return [new Resolution.SipTarget(SipTransportKind.Tcp, (IPEndPoint)listener.LocalEndpoint)];
        });
        await using var peers = await Peers.StartAsync(SipTransportKind.Tcp, server: o => o with { Resolver = resolver });
        using (var caller = await StreamPeer.ConnectAsync(peers.ServerEndPoint))
            await caller.SendAsync(StreamPeer.Request("INVITE", sentBy: "pbx.example.test:1", body: Peers.Offer));
        var call = await peers.Application.Calls.Reader.Next();
        using var back = await RingUntilAsync(call, listener);
        Assert.Equal("sip:pbx.example.test:1;transport=tcp", asked);
    }

    // The first response may still go into the connection before it is known to be gone.
    private static async Task<StreamPeer> RingUntilAsync(Calls.IIncomingCall call, TcpListener listener)
    {
        var accepting = StreamPeer.AcceptAsync(listener);
        while (!accepting.IsCompleted)
        {
            await call.RingAsync();
            await Task.WhenAny(accepting, Task.Delay(20));
        }
        return await accepting;
    }

    private static async Task AnswerAsync(StreamPeer peer)
    {
        var request = (SipRequest)await peer.ReceiveAsync();
        await peer.SendAsync(System.Text.Encoding.UTF8.GetString(SipMessageWriter.Write(request.CreateResponse(200, null, "t"))));
    }

    private void NextPing()
    {
        var before = _events.Count;
        while (_events.Count == before)
            _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("ping", _events[^1]);
    }

    private ConnectionWatchdog Watchdog(bool isOurs, TimeSpan? interval = null)
    {
        var options = Peers.Options(SipTransportKind.Tcp);
        options = options with { KeepAlive = options.KeepAlive with { Interval = interval ?? options.KeepAlive.Interval } };
        var watchdog = new ConnectionWatchdog(options, isOurs, hasOwnPings: false, _time, () => _events.Add("ping"), _events.Add);
        watchdog.Start();
        return watchdog;
    }
}
