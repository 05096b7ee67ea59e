using System.Net;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

/// <summary>What holds for every transport, over IPv4 and IPv6.</summary>
public class TransportTests
{
    public static TheoryData<SipTransportKind, string> Everywhere()
    {
        var data = new TheoryData<SipTransportKind, string>();
        foreach (var kind in Enum.GetValues<SipTransportKind>())
        {
            data.Add(kind, "127.0.0.1");
            data.Add(kind, "::1");
        }
        return data;
    }

    [Theory, MemberData(nameof(Everywhere))]
    public async Task A_call_goes_from_ringing_to_BYE_in_both_directions(SipTransportKind kind, string address)
    {
        await using var peers = await Peers.StartAsync(kind, address: IPAddress.Parse(address));
        var (incoming, outgoing) = await peers.ConnectAsync();
        Assert.Equal(IPAddress.Parse(address), incoming.RemoteEndPoint.Address);
        Assert.Equal(IPAddress.Parse(address), incoming.LocalAddress);

        Assert.Equal(200, (await incoming.SendAsync("OPTIONS").Soon()).Status);
        Assert.Equal(200, (await outgoing.SendAsync("INFO").Soon()).Status);
        await incoming.HangUpAsync().Soon();
        await outgoing.Ended.Wait();
        Assert.Equal(CallEndReason.RemoteHangUp, outgoing.EndReason);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(32, 0)]
    [InlineData(32, 1)]
    public async Task Line_breaks_by_UDP_are_passed_over_without_a_word(int breaks, int complaints)
    {
        var log = new Complaints();
        await using var endpoint = new SipEndpoint(Peers.Options(SipTransportKind.Udp), new TestApplication(), log);
        await endpoint.StartAsync(default);
        using var wire = new Wire(endpoint.Bound[0].EndPoint);
        // With something else behind them they are a message, and one that can't be read.
        await wire.SendAsync(string.Concat(Enumerable.Repeat("\r\n", breaks)) + (complaints > 0 ? "rubbish" : ""));
        await wire.SendAsync(wire.Request("OPTIONS"));
        Assert.Equal(200, (await wire.ResponseAsync()).Status);
        Assert.Equal(complaints, log.Count);
    }

    [Theory, MemberData(nameof(Everywhere))]
    public async Task Via_and_Contact_say_how_we_are_reached(SipTransportKind kind, string address)
    {
        await using var peers = await Peers.StartAsync(kind, address: IPAddress.Parse(address));
        var (incoming, outgoing) = await peers.ConnectAsync();
        var host = address.Contains(':') ? $"[{address}]" : address;
        var via = incoming.Request.TopVia!;
        Assert.Equal((kind.ToString().ToUpperInvariant(), host, peers.Client.Bound[0].EndPoint.Port), (via.Transport, via.Host, via.Port));
        Assert.Equal(address, via.Parameters["received"]);
        Assert.Equal(incoming.RemoteEndPoint.Port.ToString(), via.Parameters["rport"]);

        var transport = kind switch { SipTransportKind.Udp => null, SipTransportKind.Wss => "ws", _ => kind.ToString().ToLowerInvariant() };
        foreach (var (contact, port) in new[]
        {
            (incoming.Request.Contact!.Uri, peers.Client.Bound[0].EndPoint.Port),
            (outgoing.Answer!.Contact!.Uri, peers.Server.Bound[0].EndPoint.Port),
        })
        {
            Assert.Equal(("sip", host, port), (contact.Scheme, contact.Host, contact.Port));
            Assert.Equal(transport, contact.Parameters["transport"]);
        }
    }

    [Theory]
    [InlineData(SipTransportKind.Tls)]
    [InlineData(SipTransportKind.Wss)]
    public async Task A_sips_call_has_sips_contacts_on_both_sides(SipTransportKind kind)
    {
        await using var peers = await Peers.StartAsync(kind);
        var target = SipUri.Parse($"sips:bob@{peers.ServerEndPoint}{(kind == SipTransportKind.Wss ? ";transport=ws" : "")}");
        var calling = peers.Client.CallAsync(peers.Order() with { Target = target }, default);
        var incoming = await peers.Application.Calls.Reader.Next();
        await incoming.AnswerAsync(Peers.Answer);
        var outgoing = (await calling.Soon()).Call!;
        Assert.Equal("sips", incoming.Request.Contact!.Uri.Scheme);
        Assert.Equal("sips", outgoing.Answer!.Contact!.Uri.Scheme);
        Assert.Equal(kind == SipTransportKind.Wss ? "ws" : null, outgoing.Answer.Contact.Uri.Parameters["transport"]);
        await incoming.Acknowledged.Soon();
        await incoming.HangUpAsync().Soon();
        await outgoing.Ended.Wait();
    }

    [Theory]
    [InlineData("sips:bob@127.0.0.1;transport=udp")]
    [InlineData("sip:bob@127.0.0.1;transport=sctp")]
    public async Task What_no_transport_of_ours_reaches_is_a_local_503(string target)
    {
        await using var peers = await Peers.StartAsync();
        var result = await peers.Client.CallAsync(peers.Order() with { Target = SipUri.Parse(target) }, default).Soon();
        Assert.True(result.Response is { IsLocal: true, Status: 503 });
    }

    [Fact]
    public async Task The_IPv6_wildcard_leaves_IPv4_to_others()
    {
        foreach (var kind in new[] { SipTransportKind.Tcp, SipTransportKind.Ws })
        {
            await using var six = await Peers.StartAsync(kind, address: IPAddress.IPv6Any);
            var same = new SipListenPoint(kind, new IPEndPoint(IPAddress.Any, six.ServerEndPoint.Port));
            await using var four = await Peers.StartAsync(kind, server: o => o with { Listen = [same] });
            Assert.Equal(same, four.Server.Bound[0]);
        }
    }

    [Theory]
    [InlineData(SipTransportKind.Tcp)]
    [InlineData(SipTransportKind.Tls)]
    [InlineData(SipTransportKind.Ws)]
    public async Task Requests_to_the_same_peer_use_the_same_connection(SipTransportKind kind)
    {
        await using var peers = await Peers.StartAsync(kind);
        var ports = new HashSet<int>();
        for (var i = 0; i < 3; i++)
        {
            var (incoming, outgoing) = await peers.ConnectAsync();
            ports.Add(incoming.RemoteEndPoint.Port);
            await outgoing.HangUpAsync().Soon();
            await incoming.Ended.Wait();
        }
        Assert.Single(ports);
    }

    /// <summary>Counts what is logged about malformed messages.</summary>
    private sealed class Complaints : ILoggerFactory, ILogger
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).Contains("malformed", StringComparison.Ordinal))
                Interlocked.Increment(ref _count);
        }

        public void Dispose()
        {
        }
    }
}
