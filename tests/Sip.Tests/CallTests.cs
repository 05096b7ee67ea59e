using System.Net;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

public class CallTests
{
    [Theory]
    [InlineData(SipTransportKind.Udp)]
    [InlineData(SipTransportKind.Tcp)]
    public async Task A_call_is_answered_and_the_caller_hangs_up(SipTransportKind transport)
    {
        await using var peers = await Peers.StartAsync(transport);
        var rang = new TaskCompletionSource<int>();
        var calling = peers.Client.CallAsync(peers.Order() with { OnProvisional = r => rang.TrySetResult(r.Status) }, default);
        var incoming = await peers.Application.Calls.Reader.Next();
        Assert.Equal(Peers.Offer, incoming.Offer);
        Assert.Equal("alice", incoming.Parties.Caller.Uri.User);
        Assert.Equal("bob", incoming.Parties.Called.User);
        Assert.Equal(IPAddress.Loopback, incoming.LocalAddress);
        await incoming.RingAsync();
        Assert.Equal(180, await rang.Task.Soon());
        Assert.True(await incoming.AnswerAsync(Peers.Answer));

        var result = await calling.Soon();
        Assert.Equal(200, result.Response.Status);
        Assert.Equal(Peers.Answer, result.Call!.RemoteSession);
        Assert.Null(await incoming.Acknowledged.Soon());
        Assert.True(incoming.IsUp);

        await result.Call.HangUpAsync().Soon();
        await incoming.Ended.Wait();
        Assert.Equal(CallEndReason.RemoteHangUp, incoming.EndReason);
        Assert.Equal(CallEndReason.LocalHangUp, result.Call.EndReason);
        Assert.Equal(0, peers.Server.CallCount);
        Assert.Equal(0, peers.Client.CallCount);
    }

    [Theory]
    [InlineData(SipTransportKind.Udp)]
    [InlineData(SipTransportKind.Tcp)]
    public async Task The_called_side_hangs_up(SipTransportKind transport)
    {
        await using var peers = await Peers.StartAsync(transport);
        var (incoming, outgoing) = await peers.ConnectAsync();
        await incoming.HangUpAsync().Soon();
        await outgoing.Ended.Wait();
        Assert.Equal(CallEndReason.RemoteHangUp, outgoing.EndReason);
        Assert.Equal(CallEndReason.LocalHangUp, incoming.EndReason);
    }

    [Fact]
    public async Task A_call_is_refused()
    {
        await using var peers = await Peers.StartAsync();
        peers.Application.Serve = (call, _) => call.RejectAsync(486, headers: [new SipHeader("Reason", "Q.850;cause=17")]);
        var result = await peers.Client.CallAsync(peers.Order(), default).Soon();
        Assert.Null(result.Call);
        Assert.Equal(486, result.Response.Status);
        Assert.Equal("Q.850;cause=17", result.Response.Headers["Reason"]);
        Assert.Equal(0, peers.Client.CallCount);
    }

    [Fact]
    public async Task The_caller_gives_up_before_the_answer()
    {
        await using var peers = await Peers.StartAsync();
        using var patience = new CancellationTokenSource();
        var calling = peers.Client.CallAsync(peers.Order(), patience.Token);
        var incoming = await peers.Application.Calls.Reader.Next();
        await incoming.RingAsync();
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calling.Soon());
        await incoming.Ended.Wait();
        Assert.Equal(CallEndReason.Cancelled, incoming.EndReason);
        Assert.False(await incoming.AnswerAsync(Peers.Answer));
        Assert.Equal(0, peers.Client.CallCount);
    }

    [Fact]
    public async Task An_application_that_fails_answers_500_and_one_that_returns_hangs_up()
    {
        await using var peers = await Peers.StartAsync();
        peers.Application.Serve = (_, _) => throw new InvalidOperationException("test");
        Assert.Equal(500, (await peers.Client.CallAsync(peers.Order(), default).Soon()).Response.Status);

        peers.Application.Serve = async (call, _) => await call.AnswerAsync(Peers.Answer);
        var result = await peers.Client.CallAsync(peers.Order(), default).Soon();
        await result.Call!.Ended.Wait();
        Assert.Equal(CallEndReason.RemoteHangUp, result.Call.EndReason);
    }

    [Fact]
    public async Task A_late_offer_is_answered_in_the_ACK()
    {
        await using var peers = await Peers.StartAsync();
        var order = peers.Order() with
        {
            Offer = null,
            LateOffer = (offer, _) => new ValueTask<string?>(offer == Peers.Offer ? Peers.Answer : null),
        };
        var calling = peers.Client.CallAsync(order, default);
        var incoming = await peers.Application.Calls.Reader.Next();
        Assert.Null(incoming.Offer);
        await incoming.AnswerAsync(Peers.Offer);
        Assert.NotNull((await calling.Soon()).Call);
        Assert.Equal(Peers.Answer, await incoming.Acknowledged.Soon());
        Assert.Equal(Peers.Answer, incoming.RemoteSession);
    }

    [Fact]
    public async Task A_late_offer_that_can_not_be_answered_ends_the_call()
    {
        await using var peers = await Peers.StartAsync();
        var calling = peers.Client.CallAsync(peers.Order() with { Offer = null, LateOffer = (_, _) => new((string?)null) }, default);
        var incoming = await peers.Application.Calls.Reader.Next();
        await incoming.AnswerAsync(Peers.Offer);
        Assert.False((await calling.Soon()).Call!.IsUp);
        Assert.Null(await incoming.Acknowledged.Soon());
        await incoming.Ended.Wait();
        Assert.Equal(CallEndReason.RemoteHangUp, incoming.EndReason);
        Assert.Equal(0, peers.Client.CallCount);
    }

    [Fact]
    public async Task A_fault_over_a_late_offer_leaves_no_call_behind()
    {
        await using var peers = await Peers.StartAsync();
        var order = peers.Order() with { Offer = null, LateOffer = (_, _) => throw new InvalidOperationException("no audio") };
        var calling = peers.Client.CallAsync(order, default);
        var incoming = await peers.Application.Calls.Reader.Next();
        await incoming.AnswerAsync(Peers.Offer);
        await Assert.ThrowsAsync<InvalidOperationException>(() => calling.Soon());
        Assert.Null(await incoming.Acknowledged.Soon());
        await incoming.Ended.Wait();
        Assert.Equal(CallEndReason.RemoteHangUp, incoming.EndReason);
        Assert.Equal(0, peers.Client.CallCount);
    }

    [Fact]
    public async Task Keys_come_by_INFO_and_other_bodies_are_refused()
    {
        await using var peers = await Peers.StartAsync();
        var (incoming, outgoing) = await peers.ConnectAsync();
        var response = await outgoing.SendAsync("INFO", new SipBody("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n")).Soon();
        Assert.Equal(200, response.Status);
        Assert.Equal(new DtmfKey('5', TimeSpan.FromMilliseconds(160)), await incoming.Keys.Next());
        await outgoing.SendAsync("INFO", new SipBody("application/dtmf", "#")).Soon();
        Assert.Equal('#', (await incoming.Keys.Next()).Key);
        response = await outgoing.SendAsync("INFO", new SipBody("text/plain", "hello")).Soon();
        Assert.Equal(415, response.Status);
        Assert.Equal(200, (await outgoing.SendAsync("INFO").Soon()).Status);
        Assert.Equal(405, (await outgoing.SendAsync("MESSAGE").Soon()).Status);
    }

    [Fact]
    public async Task A_new_offer_is_answered_in_either_direction()
    {
        await using var peers = await Peers.StartAsync();
        var (incoming, outgoing) = await peers.ConnectAsync();
        Assert.Equal(488, (await outgoing.ReInviteAsync(SipBody.Sdp(Peers.Offer)).Soon()).Status);
        incoming.OfferHandler = (offer, _) => new ValueTask<string?>(offer + "a=recvonly\r\n");
        var response = await outgoing.ReInviteAsync(SipBody.Sdp(Peers.Offer + "a=sendonly\r\n")).Soon();
        Assert.Equal(200, response.Status);
        Assert.EndsWith("a=sendonly\r\na=recvonly\r\n", outgoing.RemoteSession);

        outgoing.OfferHandler = (_, _) => new ValueTask<string?>(Peers.Answer);
        Assert.Equal(200, (await incoming.ReInviteAsync(SipBody.Sdp(Peers.Offer)).Soon()).Status);
        response = await outgoing.UpdateAsync(SipBody.Sdp(Peers.Offer)).Soon();
        Assert.Equal(200, response.Status);
        Assert.NotNull(response.BodyText);
        await outgoing.HangUpAsync().Soon();
        await incoming.Ended.Wait();
    }

    // A phone system offers again as soon as it has the ACK, to have the audio go straight between its two sides.
    [Fact]
    public async Task An_offer_right_behind_the_ACK_finds_its_handler()
    {
        var wire = new Losses();
        await using var peers = await Peers.StartAsync(client: o => o with { Filter = wire });
        var again = new TaskCompletionSource<SipResponse>();
        var acknowledged = new TaskCompletionSource<bool>();
        peers.Application.Serve = async (call, _) =>
        {
            await call.AnswerAsync(Peers.Answer);
            await call.Acknowledged;
            again.TrySetResult(await call.ReInviteAsync(SipBody.Sdp(Peers.Offer)));
            await call.Ended.Wait();
        };
        var order = peers.Order() with
        {
            OnAnswered = call =>
            {
                Assert.Equal(Peers.Answer, call.RemoteSession);
                call.OfferHandler = (_, _) => new ValueTask<string?>(Peers.Answer);
                acknowledged.TrySetResult(wire.Seen.Any(line => line.StartsWith("> ACK", StringComparison.Ordinal)));
            },
        };
        var result = await peers.Client.CallAsync(order, default).Soon();
        Assert.False(await acknowledged.Task.Soon());
        Assert.Equal(200, (await again.Task.Soon()).Status);
        await result.Call!.HangUpAsync().Soon();
    }

    [Fact]
    public async Task A_fault_over_the_answer_leaves_no_call_behind()
    {
        await using var peers = await Peers.StartAsync();
        peers.Application.Serve = async (call, _) => await call.AnswerAsync(Peers.Answer);
        var order = peers.Order() with { OnAnswered = _ => throw new InvalidOperationException("on purpose") };
        await Assert.ThrowsAsync<InvalidOperationException>(() => peers.Client.CallAsync(order, default).Soon());
        var incoming = await peers.Application.Calls.Reader.Next();
        await incoming.Ended.Wait();
        Assert.Equal(0, peers.Client.CallCount);
    }

    [Fact]
    public async Task Over_the_limit_of_calls_503_says_when_to_try_again()
    {
        await using var peers = await Peers.StartAsync(server: o => o with { MaxCalls = 1 });
        var (_, outgoing) = await peers.ConnectAsync();
        var result = await peers.Client.CallAsync(peers.Order(), default).Soon();
        Assert.Equal(503, result.Response.Status);
        Assert.Equal("5", result.Response.Headers["Retry-After"]);
        await outgoing.HangUpAsync().Soon();
        await peers.ConnectAsync();
    }

    [Fact]
    public async Task Stopping_waits_for_calls_then_hangs_up()
    {
        await using var peers = await Peers.StartAsync();
        var (incoming, outgoing) = await peers.ConnectAsync();
        await peers.Server.StopAsync(TimeSpan.FromMilliseconds(50)).Soon();
        await outgoing.Ended.Wait();
        Assert.Equal(CallEndReason.LocalHangUp, incoming.EndReason);
    }

    [Fact]
    public async Task Nobody_there_is_a_result()
    {
        await using var peers = await Peers.StartAsync(SipTransportKind.Tcp);
        var port = peers.ServerEndPoint.Port;
        await peers.Server.DisposeAsync();
        var result = await peers.Client.CallAsync(peers.Order() with { Target = SipUri.Create("bob", "127.0.0.1", port, "tcp") }, default).Soon();
        Assert.True(result.Response.IsLocal);
        Assert.Equal(503, result.Response.Status);
    }
}
