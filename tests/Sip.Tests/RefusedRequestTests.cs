using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Subscriptions;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Tests;

/// <summary>RFC 3261 §8.1.3.5, §22.2: what a refusal asks for is mended, on each kind of request of ours.</summary>
public sealed class RefusedRequestTests
{
    private const string Challenge = "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"";

    /// <summary>A call of ours to a peer that the test plays.</summary>
    private static async Task<(IOutgoingCall Call, SipRequest Invite)> ConnectAsync(Peers peers, Wire pbx)
    {
        var calling = peers.Client.CallAsync(Order(peers, pbx) with { Credentials = Passwords.Alice }, default);
        var invite = await pbx.RequestAsync("INVITE");
        await pbx.RespondAsync(invite, 200, session: Peers.Answer);
        return ((await calling.Soon()).Call!, invite);
    }

    private static OutgoingCallRequest Order(Peers peers, Wire pbx) => peers.Order() with { Target = SipUri.Create("bob", "127.0.0.1", pbx.Port) };

    /// <summary>The next new request with that method; retransmissions of earlier ones are passed over.</summary>
    private static async Task<SipRequest> NextAsync(Wire pbx, string method, uint after)
    {
        while (true)
        {
            var request = await pbx.RequestAsync(method);
            if (request.CSeq!.Value.Number > after)
                return request;
        }
    }

    [Theory]
    [InlineData("BYE", 401)]
    [InlineData("BYE", 407)]
    [InlineData("INVITE", 407)]
    [InlineData("UPDATE", 401)]
    [InlineData("INFO", 407)]
    [InlineData("REFER", 401)]
    [InlineData("MESSAGE", 407)]
    public async Task A_challenge_within_a_call_is_answered(string method, int status)
    {
        await using var peers = await Peers.StartAsync();
        using var pbx = new Wire(peers.Client.Bound[0].EndPoint);
        var (call, invite) = await ConnectAsync(peers, pbx);
        Task<SipResponse>? sending = null;
        Task? other = null;
        if (method == "BYE")
            other = call.HangUpAsync();
        else if (method == "REFER")
            other = call.TransferAsync(SipUri.Parse("sip:carol@example.test"));
        else if (method is "INVITE" or "UPDATE")
            sending = method == "INVITE" ? call.ReInviteAsync(SipBody.Sdp(Peers.Offer)) : call.UpdateAsync(SipBody.Sdp(Peers.Offer));
        else
            sending = call.SendAsync(method);
        var first = await NextAsync(pbx, method, invite.CSeq!.Value.Number);
        var (asks, answers) = status == 401 ? ("WWW-Authenticate", "Authorization") : ("Proxy-Authenticate", "Proxy-Authorization");
        await pbx.RespondAsync(first, status, headers: (asks, Challenge));
        var second = await NextAsync(pbx, method, first.CSeq!.Value.Number);
        Assert.Contains("username=\"alice\"", second.Headers[answers]);
        await pbx.RespondAsync(second, method == "REFER" ? 603 : 200, session: method is "INVITE" or "UPDATE" ? Peers.Answer : null);
        if (method == "INVITE")
            Assert.Contains("username=\"alice\"", (await pbx.RequestAsync("ACK")).Headers[answers]);
        await (sending ?? other)!.Soon();
        if (sending is not null)
            Assert.Equal(200, (await sending).Status);
    }

    [Theory]
    [InlineData("INVITE")]
    [InlineData("UPDATE")]
    public async Task A_session_interval_that_is_too_short_within_a_call_is_made_longer(string method)
    {
        await using var peers = await Peers.StartAsync();
        using var pbx = new Wire(peers.Client.Bound[0].EndPoint);
        var (call, invite) = await ConnectAsync(peers, pbx);
        var sending = method == "INVITE" ? call.ReInviteAsync(SipBody.Sdp(Peers.Offer)) : call.UpdateAsync();
        var first = await NextAsync(pbx, method, invite.CSeq!.Value.Number);
        await pbx.RespondAsync(first, 422, headers: ("Min-SE", "3600"));
        var second = await NextAsync(pbx, method, first.CSeq!.Value.Number);
        Assert.Equal(("3600", "3600"), (second.Headers["Session-Expires"], second.Headers["Min-SE"]));
        await pbx.RespondAsync(second, 200, session: method == "INVITE" ? Peers.Answer : null);
        Assert.Equal(200, (await sending.Soon()).Status);
    }

    // RFC 3261 §14.1: 2.1 to 4 s for the side that made the Call-ID, so that it does not meet the other one, which waits 2 s at most.
    [Fact]
    public async Task Who_has_placed_the_call_waits_longer_after_glare_than_the_other_side_may()
    {
        var time = new FakeTimeProvider();
        var slow = new SipTimers(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(40), TimeSpan.FromMinutes(50));
        var peers = await Peers.StartAsync(time: time, client: o => o with { Timers = slow });
        using var pbx = new Wire(peers.Client.Bound[0].EndPoint);
        var (call, invite) = await ConnectAsync(peers, pbx);
        var sending = call.ReInviteAsync(SipBody.Sdp(Peers.Offer));
        var first = await NextAsync(pbx, "INVITE", invite.CSeq!.Value.Number);
        var refused = time.GetTimestamp();
        await pbx.RespondAsync(first, 491);
        var next = NextAsync(pbx, "INVITE", first.CSeq!.Value.Number);
        await GoOnUntilAsync(next, time);
        Assert.True(time.GetElapsedTime(refused) >= TimeSpan.FromSeconds(2.1));
        await pbx.RespondAsync(await next, 200, session: Peers.Answer);
        Assert.Equal(200, (await sending.Soon()).Status);
        // The clock goes on while the endpoints stop, since they wait by it for a peer that answers no more.
        await GoOnUntilAsync(peers.DisposeAsync().AsTask(), time);
    }

    private static async Task GoOnUntilAsync(Task done, FakeTimeProvider time)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!done.IsCompleted && await tick.WaitForNextTickAsync())
            time.Advance(TimeSpan.FromMilliseconds(10));
        await done;
    }

    [Theory]
    [InlineData(413)]
    [InlineData(415)]
    public async Task An_offer_that_is_not_read_is_left_to_the_other_side(int status)
    {
        await using var peers = await Peers.StartAsync();
        using var pbx = new Wire(peers.Client.Bound[0].EndPoint);
        string? offered = null;
        var calling = peers.Client.CallAsync(Order(peers, pbx) with { LateOffer = (offer, _) => { offered = offer; return new(Peers.Answer); } }, default);
        var first = await pbx.RequestAsync("INVITE");
        await pbx.RespondAsync(first, status);
        var second = await NextAsync(pbx, "INVITE", 1);
        Assert.True(second.Body.IsEmpty);
        await pbx.RespondAsync(second, 200, session: Peers.Offer);
        SipRequest ack;
        do
            ack = await pbx.RequestAsync("ACK");
        while (ack.CSeq!.Value.Number == 1);
        Assert.Equal(Peers.Answer, ack.BodyText);
        Assert.NotNull((await calling.Soon()).Call);
        Assert.Equal(Peers.Offer, offered);
    }

    [Fact]
    public async Task Who_can_not_answer_an_offer_gets_the_refusal_of_his_own()
    {
        await using var peers = await Peers.StartAsync();
        using var pbx = new Wire(peers.Client.Bound[0].EndPoint);
        var calling = peers.Client.CallAsync(Order(peers, pbx), default);
        await pbx.RespondAsync(await pbx.RequestAsync("INVITE"), 415);
        Assert.Equal(415, (await calling.Soon()).Response.Status);
    }

    [Fact]
    public async Task A_telephone_number_is_asked_for_as_an_address_where_it_is_not_known()
    {
        await using var peers = await Peers.StartAsync();
        using var proxy = new Wire(peers.Client.Bound[0].EndPoint);
        var order = peers.Order() with { Target = SipUri.Parse("tel:+49-30-123"), OutboundProxy = SipUri.Create(null, "127.0.0.1", proxy.Port) };
        var calling = peers.Client.CallAsync(order, default);
        var first = await proxy.RequestAsync("INVITE");
        Assert.Equal("tel:+49-30-123", first.Uri.ToString());
        await proxy.RespondAsync(first, 416);
        var second = await NextAsync(proxy, "INVITE", 1);
        Assert.Equal($"sip:+49-30-123@127.0.0.1:{proxy.Port};user=phone", second.Uri.ToString());
        await proxy.RespondAsync(second, 416);
        Assert.Equal(416, (await calling.Soon()).Response.Status);
    }

    [Theory]
    [InlineData("timer", "", "100rel, replaces, norefersub, histinfo")]
    [InlineData("timer, 100rel", "", "replaces, norefersub, histinfo")]
    [InlineData("replaces", "replaces", null)]
    [InlineData("timer, gin", "", null)]
    [InlineData("", "", null)]
    public async Task An_extension_that_is_not_known_is_left_out_unless_the_call_is_nothing_without_it(string unsupported, string required, string? supported)
    {
        await using var peers = await Peers.StartAsync();
        using var pbx = new Wire(peers.Client.Bound[0].EndPoint);
        var order = Order(peers, pbx) with { Headers = required.Length == 0 ? [] : [new SipHeader("Require", required)] };
        var calling = peers.Client.CallAsync(order, default);
        var first = await pbx.RequestAsync("INVITE");
        Assert.NotNull(first.Headers["Session-Expires"]);
        await pbx.RespondAsync(first, 420, headers: ("Unsupported", unsupported));
        if (supported is not null)
        {
            var second = await NextAsync(pbx, "INVITE", 1);
            Assert.Equal((supported, null), (second.Headers["Supported"], second.Headers["Session-Expires"]));
            await pbx.RespondAsync(second, 420, headers: ("Unsupported", unsupported));
        }
        Assert.Equal(420, (await calling.Soon()).Response.Status);
    }

    [Fact]
    public async Task A_subscription_that_is_too_brief_is_asked_for_once_more()
    {
        await using var peers = await Peers.StartAsync();
        peers.Application.EventPackages = [MessageWaitingSummary.Package];
        peers.Application.Subscribe = _ => SubscribeAnswer.Accept(TimeSpan.FromHours(1), _ => new(new MessageWaitingSummary(null, 1, 0).ToBody()));
        var order = new SubscriptionOrder { Target = peers.Uri(), From = Peers.Alice, Package = MessageWaitingSummary.Package, Expires = TimeSpan.FromSeconds(5) };
        var result = await peers.Client.SubscribeAsync(order, default).Soon();
        Assert.Equal((200, "60"), (result.Response.Status, result.Response.Headers["Expires"]));
        await using var subscription = result.Subscription!;
        Assert.Contains("Voice-Message: 1/0", (await subscription.Notifications.Next()).BodyText);
    }
}
