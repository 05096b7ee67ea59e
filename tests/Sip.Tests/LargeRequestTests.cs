using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Network;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

/// <summary>RFC 3261 §18.1.1: what is too large for a datagram goes by TCP.</summary>
public sealed class LargeRequestTests
{
    private const int Most = 1300;

    [Fact]
    public async Task A_request_of_1300_octets_goes_by_UDP_and_one_of_1301_by_TCP()
    {
        var wire = new Sizes();
        await using var server = await StartOnBothAsync();
        await using var client = new SipEndpoint(Peers.Options(SipTransportKind.Udp, wire), new TestApplication(), NullLoggerFactory.Instance);
        await client.StartAsync(default);
        await AskAsync(client, server, 100);
        var padding = 100 + Most - wire.Last.Size;
        await AskAsync(client, server, padding);
        Assert.Equal((Most, "UDP"), wire.Last);
        await AskAsync(client, server, padding + 1);
        Assert.Equal((Most + 1, "TCP"), wire.Last);
        // Nothing stays of it for others.
        await AskAsync(client, server, 100);
        Assert.Equal("UDP", wire.Last.Transport);
    }

    [Fact]
    public async Task A_large_INVITE_has_a_Via_and_a_Contact_of_TCP_and_the_call_stays_there()
    {
        var application = new TestApplication();
        await using var server = await StartOnBothAsync(application);
        await using var client = new SipEndpoint(Peers.Options(SipTransportKind.Udp), new TestApplication(), NullLoggerFactory.Instance);
        await client.StartAsync(default);
        var calling = client.CallAsync(Order(server), default);
        var incoming = await application.Calls.Reader.Next();
        Assert.Equal("TCP", incoming.Request.TopVia!.Transport);
        Assert.Equal("tcp", incoming.Request.Contact!.Uri.Parameters["transport"]);
        await incoming.AnswerAsync(Peers.Answer);
        var outgoing = (await calling.Soon()).Call!;
        await incoming.Acknowledged.Soon();
        await incoming.HangUpAsync().Soon();
        await outgoing.Ended.Wait();
    }

    [Fact]
    public async Task Where_there_is_no_TCP_it_goes_by_UDP_after_all()
    {
        await using var peers = await Peers.StartAsync();
        for (var i = 0; i < 2; i++)
        {
            var calling = peers.Client.CallAsync(Order(peers.Server), default);
            var incoming = await peers.Application.Calls.Reader.Next();
            Assert.Equal("UDP", incoming.Request.TopVia!.Transport);
            await incoming.RejectAsync(486);
            Assert.Equal(486, (await calling.Soon()).Response.Status);
        }
    }

    private static async Task AskAsync(SipEndpoint client, SipEndpoint server, int padding)
    {
        var request = client.CreateRequest("OPTIONS", SipUri.Create("bob", "127.0.0.1", server.Bound[0].EndPoint.Port), Peers.Alice);
        request.Headers.Add("Subject", new string('x', padding));
        Assert.Equal(200, (await client.SendAsync(request).Soon()).Status);
    }

    private static Calls.OutgoingCallRequest Order(SipEndpoint server) => new()
    {
        Target = SipUri.Create("bob", "127.0.0.1", server.Bound[0].EndPoint.Port),
        From = Peers.Alice,
        Offer = SipBody.Sdp(Peers.Offer),
        Headers = [new SipHeader("Subject", new string('x', Most))],
    };

    // A free UDP port need not be free for TCP.
    private static async Task<SipEndpoint> StartOnBothAsync(TestApplication? application = null)
    {
        while (true)
        {
            var tcp = Peers.Options(SipTransportKind.Tcp);
            int port;
            await using (var probe = new SipEndpoint(tcp, new TestApplication(), NullLoggerFactory.Instance))
            {
                await probe.StartAsync(default);
                port = probe.Bound[0].EndPoint.Port;
            }
            var endPoint = new IPEndPoint(IPAddress.Loopback, port);
            var both = tcp with { Listen = [new SipListenPoint(SipTransportKind.Udp, endPoint), new SipListenPoint(SipTransportKind.Tcp, endPoint)] };
            var server = new SipEndpoint(both, application ?? new TestApplication(), NullLoggerFactory.Instance);
            try
            {
                await server.StartAsync(default);
                return server;
            }
            catch (ListenException)
            {
                await server.DisposeAsync();
            }
        }
    }

    private sealed class Sizes : Transports.IWireFilter
    {
        public (int Size, string Transport) Last { get; private set; }

        public bool Drops(bool outgoing, ReadOnlySpan<byte> message, IPEndPoint remote)
        {
            if (outgoing && SipParser.Parse(message).Message is SipRequest request)
                Last = (message.Length, request.TopVia!.Transport);
            return false;
        }
    }
}
