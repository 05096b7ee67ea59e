using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Tests;

/// <summary>RFC 4028: what is agreed on, who refreshes and when, and the end of a session that nobody refreshes.</summary>
public sealed class SessionTimerTests : IAsyncDisposable
{
    /// <summary>So long that the clock may move on while a request is answered.</summary>
    private static readonly SipTimers Slow = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(50));

    private readonly FakeTimeProvider _time = new();
    private Peers? _peers;

    /// <summary>The clock goes on while the endpoints stop, since they wait by it for peers that answer no more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_peers is null)
            return;
        await GoOnUntilAsync(_peers.DisposeAsync().AsTask());
    }

    // On the machine's clock, whose timers wait 49 days at most.
    [Fact]
    public async Task A_session_of_a_century_is_taken_at_its_word()
    {
        await using var peers = await Peers.StartAsync();
        using var wire = new Wire(peers.ServerEndPoint);
        var answer = await AnswerAsync(peers, wire, "Supported: timer\r\nSession-Expires: 4294967295;refresher=uas\r\nMin-SE: 4294967295\r\n");
        Assert.Equal((200, "4294967295;refresher=uas"), (answer.Status, answer.Headers["Session-Expires"]));
    }

    // Request, answer (null: none), whether we refresh. Our wish is 1800 s, our minimum 90 s.
    [Theory]
    [InlineData("Supported: timer\r\nSession-Expires: 600\r\n", "600;refresher=uac", false)]
    [InlineData("Supported: timer\r\nx: 600;refresher=uas\r\n", "600;refresher=uas", true)]
    [InlineData("Require: timer\r\nSession-Expires: 600;refresher=UAC\r\n", "600;refresher=uac", false)]
    [InlineData("Supported: timer\r\nSession-Expires: 7200\r\n", "1800;refresher=uac", false)]
    [InlineData("Supported: timer\r\nSession-Expires: 7200\r\nMin-SE: 3600\r\n", "3600;refresher=uac", false)]
    [InlineData("Supported: timer\r\n", "1800;refresher=uac", false)]
    [InlineData("Supported: timer\r\nMin-SE: 2000\r\n", "2000;refresher=uac", false)]
    [InlineData("Session-Expires: 600\r\n", "600;refresher=uas", true)]
    // RFC 4028 §4: below 90 s there is none, and who does not know of session timers can't be told so.
    [InlineData("Session-Expires: 60;refresher=uac\r\n", "90;refresher=uas", true)]
    [InlineData("Session-Expires: 0\r\n", "90;refresher=uas", true)]
    [InlineData("", null, false)]
    public async Task A_call_is_answered_with(string headers, string? expires, bool weRefresh)
    {
        var peers = _peers = await Peers.StartAsync(time: _time, server: o => o with { Timers = Slow });
        using var wire = new Wire(peers.ServerEndPoint);
        var answer = await AnswerAsync(peers, wire, headers);
        Assert.Equal(200, answer.Status);
        Assert.Equal(expires, answer.Headers["Session-Expires"]);
        // RFC 4028 §9: only a caller that is to refresh needs to know of it.
        Assert.Equal(expires is not null && !weRefresh ? "timer" : null, answer.Headers["Require"]);
    }

    [Theory]
    [InlineData("Supported: timer\r\nSession-Expires: 89\r\n", 422)]
    [InlineData("Supported: timer\r\nSession-Expires: soon\r\n", 400)]
    [InlineData("Supported: timer\r\nMin-SE: -1\r\n", 400)]
    public async Task A_call_is_refused_with(string headers, int status)
    {
        var peers = _peers = await Peers.StartAsync(time: _time, server: o => o with { Timers = Slow });
        using var wire = new Wire(peers.ServerEndPoint);
        await wire.SendAsync(wire.Request("INVITE", headers: headers, contentType: "application/sdp", body: Peers.Offer));
        var refused = await wire.ResponseToAsync("INVITE");
        Assert.Equal((status, status == 422 ? "90" : null), (refused.Status, refused.Headers["Min-SE"]));
    }

    [Theory]
    [InlineData("Allow: INVITE, ACK, BYE, UPDATE\r\n", "UPDATE")]
    [InlineData("Allow: INVITE, ACK, BYE\r\n", "INVITE")]
    [InlineData("", "INVITE")]
    public async Task We_refresh_after_half_the_time(string headers, string method)
    {
        var peers = _peers = await Peers.StartAsync(time: _time, server: o => o with { Timers = Slow });
        using var wire = new Wire(peers.ServerEndPoint);
        var answer = await AnswerAsync(peers, wire, headers + "Supported: timer\r\nSession-Expires: 600;refresher=uas\r\n");
        for (uint sequence = 1; sequence <= 3; sequence++)
        {
            var before = _time.GetTimestamp();
            var coming = NextAsync(wire, method, sequence);
            await GoOnUntilAsync(coming);
            var refresh = await coming;
            // At half of the time, and however slow this machine is before all of it.
            Assert.InRange(_time.GetElapsedTime(before).TotalSeconds, 300, 600);
            Assert.Equal("600;refresher=uac", refresh.Headers["Session-Expires"]);
            Assert.Equal(method == "INVITE" ? answer.BodyText : null, refresh.BodyText);
            await wire.RespondAsync(refresh, 200, "a1", method == "INVITE" ? Peers.Offer : null, ("Session-Expires", "600;refresher=uac"));
            if (method == "INVITE")
                await wire.RequestAsync("ACK");
        }
    }

    [Fact]
    public async Task A_session_that_the_other_side_does_not_refresh_ends_with_BYE_a_little_before_its_time()
    {
        var peers = _peers = await Peers.StartAsync(time: _time, server: o => o with { Timers = Slow });
        using var wire = new Wire(peers.ServerEndPoint);
        var answer = await AnswerAsync(peers, wire, "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n");
        // A refresh begins the time anew.
        _time.Advance(TimeSpan.FromSeconds(45));
        await wire.SendAsync(wire.Request("UPDATE", cseq: 3, to: answer.Headers["To"]!, headers: "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n"));
        Assert.Equal("90;refresher=uac", (await wire.ResponseToAsync("UPDATE")).Headers["Session-Expires"]);
        // RFC 4028 §10: a third of the interval, or 32 s, before the end.
        _time.Advance(TimeSpan.FromSeconds(59.9));
        await RoundTripAsync(wire, answer, 4);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        var bye = await wire.RequestAsync("BYE");
        Assert.Equal(408, Assert.Single(ReasonHeader.Of(bye)).Cause);
        await wire.RespondAsync(bye, 200, "a1");
        var call = await peers.Application.Calls.Reader.Next();
        await call.Ended.Wait();
        Assert.Equal(CallEndReason.Expired, call.EndReason);
    }

    [Fact]
    public async Task A_refresh_that_is_refused_is_tried_again_and_a_lost_call_ends()
    {
        var peers = _peers = await Peers.StartAsync(time: _time, server: o => o with { Timers = Slow });
        using var wire = new Wire(peers.ServerEndPoint);
        await AnswerAsync(peers, wire, "Allow: UPDATE\r\nSupported: timer\r\nSession-Expires: 600;refresher=uas\r\n");
        _time.Advance(TimeSpan.FromSeconds(300));
        await wire.RespondAsync(await wire.RequestAsync("UPDATE"), 503, "a1");
        var call = await peers.Application.Calls.Reader.Next();
        // The time of the next attempt counts from when the refusal was taken, which is some moment soon.
        var second = NextAsync(wire, "UPDATE", 2);
        await GoOnUntilAsync(second);
        await wire.RespondAsync(await second, 481, "a1");
        await call.Ended.Wait();
        Assert.Equal(CallEndReason.Failed, call.EndReason);
    }

    [Fact]
    public async Task Our_own_call_asks_for_a_session_timer_and_takes_a_longer_one()
    {
        await using var peers = await Peers.StartAsync(server: o => o with { Session = new() { Minimum = TimeSpan.FromSeconds(3600) } },
            client: o => o with { Session = new() { Interval = TimeSpan.FromSeconds(120) } });
        var (incoming, outgoing) = await peers.ConnectAsync();
        Assert.Equal("3600", incoming.Request.Headers["Session-Expires"]);
        Assert.Equal("3600", incoming.Request.Headers["Min-SE"]);
        Assert.Equal(2u, incoming.Request.CSeq!.Value.Number);
        Assert.Equal("3600;refresher=uac", outgoing.Answer!.Headers["Session-Expires"]);
    }

    [Fact]
    public async Task Two_endpoints_refresh_their_call_for_hours()
    {
        var losses = new Losses();
        var peers = _peers = await Peers.StartAsync(time: _time, server: o => o with { Timers = Slow }, client: o => o with { Timers = Slow, Filter = losses });
        var (incoming, outgoing) = await peers.ConnectAsync();
        var before = _time.GetTimestamp();
        for (var sequence = 2; sequence <= 7; sequence++)
        {
            // Nothing happens in the first half of the time that was agreed on.
            _time.Advance(TimeSpan.FromSeconds(899));
            await GoOnUntilAsync(losses.Until($"< SIP/2.0 200 OK [CSeq: {sequence} UPDATE", 1));
        }
        Assert.InRange(_time.GetElapsedTime(before).TotalSeconds, 6 * 900, 6 * 1800);
        Assert.True(incoming.IsUp && outgoing.IsUp);
    }

    // One that comes again, since its answer was under way while the clock moved on, is passed over.
    private static async Task<SipRequest> NextAsync(Wire wire, string method, uint sequence)
    {
        while (true)
        {
            if (await wire.RequestAsync(method) is var request && request.CSeq!.Value.Number == sequence)
                return request;
        }
    }

    private async Task GoOnUntilAsync(Task done)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!done.IsCompleted && await tick.WaitForNextTickAsync())
            _time.Advance(TimeSpan.FromSeconds(1));
        await done;
    }

    private static async Task<SipResponse> AnswerAsync(Peers peers, Wire wire, string headers)
    {
        peers.Application.Serve = async (call, _) =>
        {
            call.OfferHandler = (_, _) => new ValueTask<string?>(Peers.Answer);
            await call.AnswerAsync(Peers.Answer);
            await call.Ended.Wait();
        };
        await wire.SendAsync(wire.Request("INVITE", headers: headers, contentType: "application/sdp", body: Peers.Offer));
        var answer = await wire.ResponseToAsync("INVITE");
        await wire.SendAsync(wire.Request("ACK", to: answer.Headers["To"]!));
        // The clock may move on once the ACK was taken.
        await RoundTripAsync(wire, answer, 2);
        return answer;
    }

    private static async Task RoundTripAsync(Wire wire, SipResponse answer, uint cseq)
    {
        await wire.SendAsync(wire.Request("OPTIONS", cseq: cseq, to: answer.Headers["To"]!));
        Assert.Equal(200, (await wire.ResponseToAsync("OPTIONS")).Status);
    }
}
