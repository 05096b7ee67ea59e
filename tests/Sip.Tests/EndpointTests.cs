using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Network;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Resolution;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Tests;

public class EndpointTests
{
    [Theory]
    [InlineData("udp://127.0.0.1:5060", "udp://127.0.0.1:5060")]
    [InlineData("TCP://0.0.0.0:0", "tcp://0.0.0.0:0")]
    [InlineData("tcp://[::1]:5070", "tcp://[::1]:5070")]
    [InlineData("udp://[::]", "udp://[::]:5060")]
    [InlineData("udp://192.0.2.1", "udp://192.0.2.1:5060")]
    public void Listen_points_are_read(string text, string written)
    {
        Assert.True(SipListenPoint.TryParse(text, out var point));
        Assert.Equal(written, point.ToString());
    }

    [Theory]
    [InlineData("127.0.0.1:5060")]
    [InlineData("sctp://127.0.0.1:5060")]
    [InlineData("0://127.0.0.1:5060")]
    [InlineData("udp://localhost:5060")]
    [InlineData("udp://127.0.0.1:99999")]
    public void Other_texts_are_not(string text) => Assert.False(SipListenPoint.TryParse(text, out _));

    [Theory]
    [InlineData(SipTransportKind.Udp)]
    [InlineData(SipTransportKind.Tcp)]
    public async Task A_busy_port_is_named_and_nothing_stays_open(SipTransportKind transport)
    {
        await using var peers = await Peers.StartAsync(transport);
        var free = new SipListenPoint(SipTransportKind.Udp, new IPEndPoint(IPAddress.Loopback, 0));
        var options = new SipOptions { Listen = [free, new SipListenPoint(transport, peers.ServerEndPoint)] };
        await using var second = new SipEndpoint(options, new TestApplication(), NullLoggerFactory.Instance);
        var error = await Assert.ThrowsAsync<ListenException>(() => second.StartAsync(default));
        Assert.Contains(peers.ServerEndPoint.ToString(), error.Message);
        Assert.Empty(second.Bound);
    }

    [Fact]
    public async Task Bound_to_every_address_it_tells_the_one_that_reaches_us()
    {
        await using var peers = await Peers.StartAsync(server: o => o with
        {
            Listen = [new SipListenPoint(SipTransportKind.Udp, new IPEndPoint(IPAddress.Any, 0))],
            AdvertisedHost = "um.example.test",
        });
        using var wire = new Wire(new IPEndPoint(IPAddress.Loopback, peers.ServerEndPoint.Port));
        await wire.SendAsync(wire.Request("INVITE", contentType: "application/sdp", body: Peers.Offer));
        var call = await peers.Application.Calls.Reader.Next();
        await call.AnswerAsync(Peers.Answer);
        Assert.Equal("127.0.0.1", (await wire.ResponseAsync()).Contact!.Uri.Host);
        Assert.Equal(IPAddress.Loopback, call.LocalAddress);
        Assert.Equal(IPAddress.Loopback, await peers.Server.LocalAddressForAsync(SipUri.Create("a", "127.0.0.1"), default));
    }

    [Fact]
    public void The_advertised_host_is_told_to_other_machines_only()
    {
        var addresses = new OwnAddresses("um.example.test");
        var bound = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 5060);
        Assert.Equal("um.example.test", addresses.Towards(IPAddress.Parse("192.0.2.2"), bound).Host);
        Assert.Equal("127.0.0.1", addresses.Towards(IPAddress.Loopback, new IPEndPoint(IPAddress.Any, 5060)).Host);
        Assert.Equal("[::1]", new OwnAddresses(null).Towards(IPAddress.IPv6Loopback, new IPEndPoint(IPAddress.IPv6Loopback, 5060)).Host);
    }

    // RFC 3261 §25.1 knows no zone: a response whose Via has one could not be read.
    [Fact]
    public void On_a_link_we_are_told_without_its_zone()
    {
        var own = new OwnAddresses(null).Towards(IPAddress.Parse("fe80::2%1"), new IPEndPoint(IPAddress.Parse("fe80::1%1"), 5060));
        Assert.Equal(("[fe80::1]", 1L), (own.Host, own.Address.ScopeId));
    }

    // RFC 3261 §18.2.2: a response leaves from where its request came to, also when another socket has the same port.
    [Fact]
    public async Task Of_two_addresses_with_one_port_the_one_that_was_asked_answers()
    {
        await using var server = await StartOnOnePortAsync(IPAddress.Loopback, IPAddress.Parse("127.0.0.2"));
        foreach (var point in server.Bound)
        {
            using var asks = new Wire(point.EndPoint);
            using var listens = new Wire(point.EndPoint);
            await asks.SendAsync(asks.Request("OPTIONS", callId: $"to-{point.EndPoint.Address}").Replace($"127.0.0.1:{asks.Port};", $"127.0.0.1:{listens.Port};").Replace(";rport", ""));
            Assert.Equal(200, (await listens.ResponseAsync()).Status);
        }
    }

    // What can't be asked for over a WebSocket is a failure like another, not a wait for ever.
    [Fact]
    public async Task A_name_that_no_URI_can_hold_is_a_local_503()
    {
        await using var peers = await Peers.StartAsync(SipTransportKind.Ws, client: o => o with
        {
            Resolver = new FixedTargets(_ => [new SipTarget(SipTransportKind.Ws, new IPEndPoint(IPAddress.Loopback, 9), "a..b")]),
        });
        var options = peers.Client.CreateRequest("OPTIONS", SipUri.Parse("sip:bob@a..b;transport=ws"), Peers.Alice);
        Assert.True(await peers.Client.SendAsync(options).Soon() is { IsLocal: true, Status: 503 });
    }

    // Another program may take the port of the one address before we have it at the other.
    private static async Task<SipEndpoint> StartOnOnePortAsync(params IPAddress[] addresses)
    {
        while (true)
        {
            using var probe = new UdpClient(new IPEndPoint(addresses[0], 0));
            var port = ((IPEndPoint)probe.Client.LocalEndPoint!).Port;
            probe.Dispose();
            var options = Peers.Options(SipTransportKind.Udp) with { Listen = [.. addresses.Select(a => new SipListenPoint(SipTransportKind.Udp, new IPEndPoint(a, port)))] };
            var server = new SipEndpoint(options, new TestApplication(), NullLoggerFactory.Instance);
            try
            {
                await server.StartAsync(default);
                return server;
            }
            catch (Network.ListenException)
            {
                await server.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task A_name_is_resolved_and_the_next_address_is_tried()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var dead = (IPEndPoint)closed.LocalEndpoint;
        closed.Stop();
        IPEndPoint? live = null;
        var resolver = new FixedTargets(_ => [new SipTarget(SipTransportKind.Tcp, dead), new SipTarget(SipTransportKind.Tcp, live!)]);
        await using var peers = await Peers.StartAsync(SipTransportKind.Tcp, client: o => o with { Resolver = resolver });
        live = peers.ServerEndPoint;
        var options = peers.Client.CreateRequest("OPTIONS", SipUri.Parse("sip:pbx.example.test"), Peers.Alice);
        Assert.Equal(200, (await peers.Client.SendAsync(options).Soon()).Status);
    }

    [Fact]
    public async Task An_unknown_name_is_a_local_503()
    {
        await using var peers = await Peers.StartAsync(client: o => o with { Resolver = new FixedTargets(_ => []) });
        var result = await peers.Client.CallAsync(peers.Order() with { Target = SipUri.Parse("sip:bob@nowhere.invalid") }, default).Soon();
        Assert.True(result.Response is { IsLocal: true, Status: 503 });
        Assert.Equal(0, peers.Client.CallCount);
    }

    [Fact]
    public async Task A_fork_that_answers_too_late_is_acknowledged_and_ended()
    {
        await using var peers = await Peers.StartAsync();
        using var pbx = new Wire(peers.Client.Bound[0].EndPoint);
        var calling = peers.Client.CallAsync(peers.Order() with { Target = SipUri.Create("bob", "127.0.0.1", pbx.Port) }, default);
        var invite = (SipRequest)await pbx.ReceiveAsync();
        foreach (var tag in new[] { "first", "second" })
        {
            var answer = invite.CreateResponse(200, null, tag);
            answer.Headers.Add("Contact", $"<sip:{tag}@127.0.0.1:{pbx.Port}>");
            answer.SetBody(SipBody.Sdp(Peers.Answer));
            await pbx.SendAsync(SipMessageWriter.Write(answer));
        }
        var result = await calling.Soon();
        Assert.Equal("first", result.Response.To!.Tag);
        SipRequest request;
        do
            request = (SipRequest)await pbx.ReceiveAsync();
        while (request.Method != "BYE");
        Assert.Equal("second", request.To!.Tag);
        Assert.True(result.Call!.IsUp);
        await pbx.SendAsync(SipMessageWriter.Write(request.CreateResponse(200)));
    }

    [Fact]
    public async Task An_answer_that_crosses_the_CANCEL_is_hung_up()
    {
        await using var peers = await Peers.StartAsync();
        using var pbx = new Wire(peers.Client.Bound[0].EndPoint);
        using var patience = new CancellationTokenSource();
        var calling = peers.Client.CallAsync(peers.Order() with { Target = SipUri.Create("bob", "127.0.0.1", pbx.Port) }, patience.Token);
        var invite = (SipRequest)await pbx.ReceiveAsync();
        await pbx.SendAsync(SipMessageWriter.Write(invite.CreateResponse(180, null, "t")));
        await patience.CancelAsync();
        var answer = invite.CreateResponse(200, null, "t");
        answer.Headers.Add("Contact", $"<sip:bob@127.0.0.1:{pbx.Port}>");
        await pbx.SendAsync(SipMessageWriter.Write(answer));
        SipRequest request;
        do
            request = (SipRequest)await pbx.ReceiveAsync();
        while (request.Method != "BYE");
        await pbx.SendAsync(SipMessageWriter.Write(request.CreateResponse(200)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calling.Soon());
        Assert.Equal(0, peers.Client.CallCount);
    }
}
