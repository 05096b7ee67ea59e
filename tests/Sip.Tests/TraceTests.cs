using System.Net;
using System.Text;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Tracing;

namespace UnifiedMsg.Sip.Tests;

/// <summary>What is kept of the last calls, how it is bounded, and how people see it.</summary>
public sealed class TraceTests
{
    [Theory, InlineData(SipTransportKind.Udp), InlineData(SipTransportKind.Tcp)]
    public async Task A_call_is_kept_from_both_sides_and_found_by_each_name(SipTransportKind transport)
    {
        await using var peers = await Peers.StartAsync(transport);
        var (incoming, outgoing) = await peers.ConnectAsync();
        await outgoing.HangUpAsync().Soon();
        await incoming.Ended.Wait();

        var kept = Assert.Single(peers.Server.Traces.Find(incoming.Id));
        Assert.Equal(incoming.CallId, kept.CallId);
        // What a busy machine sent again stands there twice, and rightly so.
        Assert.Equal(["INVITE 1", "200 INVITE", "ACK 1", "BYE 2", "200 BYE"], Steps(kept).Distinct());
        Assert.Equal(kept.CallId, Assert.Single(peers.Server.Traces.Find(kept.CallId[..8])).CallId);
        Assert.Equal(outgoing.Id, Assert.Single(peers.Client.Traces.Find(kept.CallId)).Id);
        var summary = Assert.Single(peers.Server.Traces.List());
        Assert.Equal(("INVITE", "alice", "bob", false), (summary.Method, summary.From, summary.To, summary.Outgoing));
        Assert.StartsWith("200 OK, hung up after", summary.Result);
        Assert.StartsWith("200 OK, hung up by us after", Assert.Single(peers.Client.Traces.List()).Result);
    }

    [Fact]
    public async Task The_ladder_shows_times_directions_and_media()
    {
        await using var peers = await Peers.StartAsync();
        var (incoming, outgoing) = await peers.ConnectAsync();
        await outgoing.HangUpAsync().Soon();
        var ladder = CallLadder.Draw(Assert.Single(peers.Server.Traces.Find(incoming.CallId))).ToList();
        Assert.Contains("us, " + peers.ServerEndPoint, ladder[2]);
        Assert.Matches(@"^ +0\.0  \|-- INVITE -+>\|  sip:bob@127\.0\.0\.1:\d+, from ""Alice"" <sip:alice@example\.test>.* SDP audio 127\.0\.0\.1:4000 RTP/AVP PCMU", ladder[3]);
        Assert.Contains(ladder, line => line.Contains("|<-- 200 OK -", StringComparison.Ordinal) && line.Contains(":5000 RTP/AVP PCMU", StringComparison.Ordinal));
        var full = CallLadder.Draw(Assert.Single(peers.Server.Traces.Find(incoming.CallId)), full: true);
        Assert.Contains(full, line => line.TrimStart() == "m=audio 4000 RTP/AVP 0");
    }

    [Fact]
    public async Task The_oldest_calls_make_room_and_probes_take_none()
    {
        await using var peers = await Peers.StartAsync(server: o => o with { Trace = new TraceOptions { Calls = 2, OtherExchanges = 2 } });
        peers.Application.Serve = (call, _) => call.RejectAsync(486);
        using var wire = new Wire(peers.ServerEndPoint);
        foreach (var id in (string[])["one", "two", "three"])
            await AskAsync(wire, wire.Request("INVITE", id));
        await AskAsync(wire, wire.Request("OPTIONS", "probe"));
        foreach (var id in (string[])["s1", "s2", "s3"])
            await AskAsync(wire, wire.Request("SUBSCRIBE", id));
        Assert.Equal(["s2", "s3", "three", "two"], peers.Server.Traces.List().Select(s => s.CallId).Order());
    }

    [Fact]
    public async Task Messages_and_octets_of_the_trace_are_bounded()
    {
        var options = new TraceOptions { MessagesPerExchange = 10, Octets = 12_000 };
        await using var peers = await Peers.StartAsync(server: o => o with { Trace = options });
        var (incoming, outgoing) = await peers.ConnectAsync();
        for (var i = 0; i < 10; i++)
            await outgoing.SendAsync(SipMethods.Options).Soon();
        var kept = Assert.Single(peers.Server.Traces.Find(incoming.CallId));
        Assert.Equal(10, kept.Messages.Count);
        Assert.True(kept.Dropped >= 12);
        Assert.StartsWith("INVITE", Lines(kept).First());
        using var wire = new Wire(peers.ServerEndPoint);
        await AskAsync(wire, wire.Request("SUBSCRIBE", "long", headers: $"Subject: {new string('x', 7_000)}\r\n"));
        await AskAsync(wire, wire.Request("SUBSCRIBE", "longer", headers: $"Subject: {new string('x', 7_000)}\r\n"));
        Assert.Empty(peers.Server.Traces.Find("long\0"));
        Assert.Equal("longer", Assert.Single(peers.Server.Traces.Find("long")).CallId);
    }

    [Fact]
    public async Task A_capture_has_what_comes_while_somebody_asks()
    {
        await using var peers = await Peers.StartAsync();
        using var wire = new Wire(peers.ServerEndPoint);
        await AskAsync(wire, wire.Request("OPTIONS", "before"));
        var (_, _, place) = peers.Server.Traces.Live.Read(-1);
        await AskAsync(wire, wire.Request("OPTIONS", "during", headers: "Authorization: Digest response=\"S3CRET\"\r\n"));
        var (messages, lost, next) = peers.Server.Traces.Live.Read(place);
        Assert.Equal((2, 0, place + 2), (messages.Count, lost, next));
        Assert.All(messages, m => Assert.Contains("Call-ID: during", m.Text()));
        Assert.DoesNotContain("S3CRET", messages[0].Text());
        Assert.Empty(peers.Server.Traces.Live.Read(next).Messages);
    }

    [Fact]
    public void A_capture_that_nobody_reads_is_bounded_and_says_what_it_lost()
    {
        var options = new TraceOptions { CaptureOctets = 1000 };
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var traces = new SipTraces(options, time);
        var (_, _, place) = traces.Live.Read(-1);
        for (var i = 0; i < 10; i++)
            traces.Live.Add(Record(time, new byte[200]));
        var (messages, lost, _) = traces.Live.Read(place);
        Assert.Equal((5, 5), (messages.Count, lost));
        time.Advance(TimeSpan.FromSeconds(11));
        traces.Live.Add(Record(time, new byte[200]));
        Assert.Empty(traces.Live.Read(place).Messages);
    }

    [Theory, InlineData("192.0.2.1", "192.0.2.2"), InlineData("2001:db8::1", "2001:db8::2")]
    public void A_packet_has_headers_that_fit(string local, string remote)
    {
        var octets = Encoding.UTF8.GetBytes("OPTIONS sip:a@b SIP/2.0\r\n\r\n");
        var packet = PcapWriter.Packet(new TracedMessage(
            DateTimeOffset.UnixEpoch.AddSeconds(1.5), true, SipTransportKind.Tcp,
            new IPEndPoint(IPAddress.Parse(local), 5060), new IPEndPoint(IPAddress.Parse(remote), 5062), octets));
        var header = local.Contains(':') ? 40 : 20;
        Assert.Equal(16 + header + 8 + octets.Length, packet.Length);
        Assert.Equal([1, 0, 0, 0, 0x20, 0xa1, 7, 0], packet[..8]);
        Assert.Equal([0x13, 0xc4, 0x13, 0xc6], packet[(16 + header)..(16 + header + 4)]);
        Assert.Equal(octets, packet[(16 + header + 8)..]);
        // RFC 1071: with its checksum in it, a header sums up to all ones.
        if (header == 20)
            Assert.Equal(0xffff, Sum(packet.AsSpan(16, 20)));
    }

    private static WireRecord Record(TimeProvider time, byte[] octets) => new(time.GetTimestamp(), true, new NoFlow(), octets);

    private static int Sum(ReadOnlySpan<byte> octets)
    {
        var sum = 0;
        for (var i = 0; i < octets.Length; i += 2)
            sum += (octets[i] << 8) + octets[i + 1];
        return (sum & 0xffff) + (sum >> 16);
    }

    private static IEnumerable<string> Lines(TracedExchange exchange) =>
        exchange.Messages.Select(m => m.Text().Split("\r\n", 2)[0]).Select(l => l.StartsWith("SIP/", StringComparison.Ordinal) ? l : l.Split(' ')[0]);

    // A 100 is left out: it comes or not, as time has it.
    private static IEnumerable<string> Steps(TracedExchange exchange) => exchange.Messages
        .Select(m => SipParser.Parse(m.Octets).Message)
        .Where(m => m is not SipResponse { Status: 100 })
        .Select(m => m is SipResponse answer ? $"{answer.Status} {answer.CSeq!.Value.Method}" : $"{((SipRequest)m!).Method} {m!.CSeq!.Value.Number}");

    private static async Task AskAsync(Wire wire, string request)
    {
        await wire.SendAsync(request);
        await wire.ResponseAsync();
    }

    private sealed class NoFlow() : Transports.SipFlow(
        SipTransportKind.Udp, new IPEndPoint(IPAddress.Loopback, 1), new Transports.SipAddress("127.0.0.1", 5060, IPAddress.Loopback))
    {
        public override void Send(byte[] message, Transports.ISendObserver? observer)
        {
        }
    }
}
