using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Resolution;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Tests;

/// <summary>RFC 3263 §4.3: what one server does not take goes to the next.</summary>
public sealed class FailoverTests
{
    private static readonly SipUri Domain = SipUri.Parse("sip:bob@pbx.example.test");

    [Fact]
    public async Task A_call_that_is_sent_away_goes_to_the_next_server_and_the_following_call_there_at_once()
    {
        SipTarget[] targets = [];
        await using var peers = await Peers.StartAsync(client: o => o with { Resolver = new FixedTargets(_ => targets) });
        using var full = new Wire(peers.Client.Bound[0].EndPoint);
        targets = [Udp(full.Port), new SipTarget(SipTransportKind.Udp, peers.ServerEndPoint)];

        var calling = peers.Client.CallAsync(peers.Order() with { Target = Domain }, default);
        var first = (SipRequest)await full.ReceiveAsync();
        var refusal = first.CreateResponse(503, null, "t");
        refusal.Headers.Add("Retry-After", "120 (later)");
        await full.SendAsync(SipMessageWriter.Write(refusal));
        var second = await peers.Application.Calls.Reader.Next();
        Assert.Equal((first.CallId, first.CSeq, first.From!.Tag), (second.CallId, second.Request.CSeq, second.Request.From!.Tag));
        Assert.NotEqual(first.TopVia!.Branch, second.Request.TopVia!.Branch);
        await second.AnswerAsync(Peers.Answer);
        Assert.NotNull((await calling.Soon()).Call);

        var again = peers.Client.CallAsync(peers.Order() with { Target = Domain }, default);
        await (await peers.Application.Calls.Reader.Next()).RejectAsync(486);
        Assert.Equal(486, (await again.Soon()).Response.Status);
    }

    [Theory]
    [InlineData(486)]
    [InlineData(603)]
    [InlineData(500)]
    public async Task A_refusal_of_the_call_itself_is_the_answer(int status)
    {
        SipTarget[] targets = [];
        await using var peers = await Peers.StartAsync(client: o => o with { Resolver = new FixedTargets(_ => targets) });
        using var busy = new Wire(peers.Client.Bound[0].EndPoint);
        targets = [Udp(busy.Port), new SipTarget(SipTransportKind.Udp, peers.ServerEndPoint)];
        var calling = peers.Client.CallAsync(peers.Order() with { Target = Domain }, default);
        await busy.SendAsync(SipMessageWriter.Write(((SipRequest)await busy.ReceiveAsync()).CreateResponse(status, null, "t")));
        Assert.Equal(status, (await calling.Soon()).Response.Status);
        Assert.False(peers.Application.Calls.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_server_that_is_silent_costs_the_first_request_its_time_out_only()
    {
        SipTarget[] targets = [];
        // 64*T1 is 1.3 s.
        var timers = new SipTimers(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(80), TimeSpan.FromMilliseconds(100));
        await using var peers = await Peers.StartAsync(client: o => o with { Resolver = new FixedTargets(_ => targets), Timers = timers });
        using var silent = new Wire(peers.Client.Bound[0].EndPoint);
        targets = [Udp(silent.Port), new SipTarget(SipTransportKind.Udp, peers.ServerEndPoint)];
        Assert.Equal(200, (await OptionsAsync(peers)).Status);
        var asked = (SipRequest)await silent.ReceiveAsync();
        while (silent.Waiting > 0)
            Assert.Equal(asked.CallId, (await silent.ReceiveAsync()).CallId);
        Assert.Equal(200, (await OptionsAsync(peers)).Status);
        Assert.Equal(0, silent.Waiting);
    }

    [Fact]
    public async Task A_connection_that_ends_before_the_answer_ends_the_wait()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        SipTarget[] targets = [];
        await using var peers = await Peers.StartAsync(SipTransportKind.Tcp, client: o => o with { Resolver = new FixedTargets(_ => targets) });
        targets = [new SipTarget(SipTransportKind.Tcp, (IPEndPoint)listener.LocalEndpoint), new SipTarget(SipTransportKind.Tcp, peers.ServerEndPoint)];
        var asking = OptionsAsync(peers);
        using (var falling = await StreamPeer.AcceptAsync(listener))
            await falling.ReceiveAsync();
        Assert.Equal(200, (await asking).Status);
    }

    [Fact]
    public void What_was_dead_is_tried_again_after_a_while()
    {
        var time = new FakeTimeProvider();
        var dead = new DeadTargets(time);
        SipTarget[] targets = [Udp(1), Udp(2), Udp(3)];
        dead.Add(targets[0]);
        dead.Add(targets[1], TimeSpan.FromDays(1));
        Assert.Equal([targets[2], targets[0], targets[1]], dead.Sort(targets));
        time.Advance(DeadTargets.Usual);
        Assert.Equal([targets[0], targets[2], targets[1]], dead.Sort(targets));
        time.Advance(DeadTargets.Longest);
        Assert.Equal(targets, dead.Sort(targets));
    }

    private static SipTarget Udp(int port) => new(SipTransportKind.Udp, new IPEndPoint(IPAddress.Loopback, port));

    private static Task<SipResponse> OptionsAsync(Peers peers) =>
        peers.Client.SendAsync(peers.Client.CreateRequest("OPTIONS", Domain, Peers.Alice)).Soon();
}
