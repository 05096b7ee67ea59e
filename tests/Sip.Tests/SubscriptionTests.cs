using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Subscriptions;

namespace UnifiedMsg.Sip.Tests;

public class SubscriptionTests
{
    private int _new = 1;

    private static SubscriptionOrder Order(Peers peers) =>
        new() { Target = peers.Uri(), From = Peers.Alice, Package = MessageWaitingSummary.Package, Expires = TimeSpan.FromMinutes(10) };

    private async Task<(Peers Peers, List<INotifierSubscription> Started)> StartAsync(SipTransportKind transport = SipTransportKind.Udp, TimeSpan? longest = null)
    {
        var peers = await Peers.StartAsync(transport, o => o with { MinSubscriptionExpires = TimeSpan.FromSeconds(1) });
        var started = new List<INotifierSubscription>();
        peers.Application.EventPackages = [MessageWaitingSummary.Package];
        peers.Application.Subscribe = request => request.Target.User == "bob"
            ? SubscribeAnswer.Accept(longest ?? TimeSpan.FromHours(1), _ => new(new MessageWaitingSummary(request.Target, _new, 2).ToBody()), started.Add)
            : SubscribeAnswer.Refuse(404);
        return (peers, started);
    }

    [Theory]
    [InlineData(SipTransportKind.Udp)]
    [InlineData(SipTransportKind.Tcp)]
    public async Task The_lamp_is_told_at_once_on_change_and_at_the_end(SipTransportKind transport)
    {
        var (peers, started) = await StartAsync(transport);
        await using var _ = peers;
        var result = await peers.Client.SubscribeAsync(Order(peers), default).Soon();
        var subscription = result.Subscription!;
        Assert.Equal("600", result.Response.Headers["Expires"]);

        var first = await subscription.Notifications.Next();
        Assert.StartsWith("active;expires=", first.Headers["Subscription-State"]);
        Assert.Equal(1, Parse(first).New);
        _new = 0;
        started[0].Changed();
        var second = Parse(await subscription.Notifications.Next());
        Assert.Equal(0, second.New);
        Assert.False(second.Waiting);

        await subscription.UnsubscribeAsync().Soon();
        var last = await subscription.Notifications.Next();
        Assert.StartsWith("terminated", last.Headers["Subscription-State"]);
        await started[0].Ended.Wait();
        await subscription.Notifications.Completion.Soon();
        Assert.Equal(0, peers.Server.SubscriptionCount);
    }

    [Fact]
    public async Task A_subscription_that_is_not_refreshed_expires()
    {
        var (peers, started) = await StartAsync();
        await using var _ = peers;
        using var wire = new Wire(peers.ServerEndPoint);
        await wire.SendAsync(wire.Request("SUBSCRIBE", headers: "Event: message-summary\r\nExpires: 1\r\n"));
        Assert.Equal("1", (await wire.ResponseAsync()).Headers["Expires"]);
        for (var i = 0; i < 2; i++)
        {
            var notify = await NotifyAsync(wire, i == 0 ? "active" : "terminated;reason=timeout");
            await wire.SendAsync(SipMessageWriter.Write(notify.CreateResponse(200)));
        }
        await started[0].Ended.Wait();
    }

    [Fact]
    public async Task Another_method_within_a_subscription_is_told_what_is_allowed()
    {
        var (peers, _) = await StartAsync();
        await using var _ = peers;
        using var wire = new Wire(peers.ServerEndPoint);
        await wire.SendAsync(wire.Request("SUBSCRIBE", headers: "Event: message-summary\r\nExpires: 600\r\n"));
        var to = (await wire.ResponseToAsync("SUBSCRIBE")).Headers["To"]!;
        await wire.SendAsync(wire.Request("INFO", cseq: 2, to: to));
        var refused = await wire.ResponseToAsync("INFO");
        // RFC 3261 §21.4.6.
        Assert.Equal((405, Capabilities.Allow), (refused.Status, refused.Headers["Allow"]));
    }

    [Fact]
    public async Task A_NOTIFY_that_is_refused_ends_the_subscription()
    {
        var (peers, started) = await StartAsync();
        await using var _ = peers;
        using var wire = new Wire(peers.ServerEndPoint);
        await wire.SendAsync(wire.Request("SUBSCRIBE", headers: "Event: message-summary\r\nExpires: 600\r\n"));
        var notify = await NotifyAsync(wire, "active");
        await wire.SendAsync(SipMessageWriter.Write(notify.CreateResponse(481)));
        await started[0].Ended.Wait();
        Assert.Equal(0, peers.Server.SubscriptionCount);
    }

    [Fact]
    public async Task A_NOTIFY_that_is_to_come_again_later_comes_again()
    {
        var (peers, started) = await StartAsync();
        await using var _ = peers;
        using var wire = new Wire(peers.ServerEndPoint);
        await wire.SendAsync(wire.Request("SUBSCRIBE", headers: "Event: message-summary\r\nExpires: 600\r\n"));
        var busy = (await NotifyAsync(wire, "active")).CreateResponse(503);
        busy.Headers.Add("Retry-After", "1");
        await wire.SendAsync(SipMessageWriter.Write(busy));
        _new = 5;
        var again = await NotifyAsync(wire, "active");
        while (Parse(again).New != 5)
            again = await NotifyAsync(wire, "active");
        await wire.SendAsync(SipMessageWriter.Write(again.CreateResponse(200)));
        Assert.False(started[0].Ended.IsCancellationRequested);
    }

    [Theory]
    [InlineData("message-summary", "600", 200, null)]
    [InlineData("message-summary;id=7", "600", 481, null)]
    [InlineData("presence", "600", 489, null)]
    [InlineData("message-summary", "5", 423, "60")]
    public async Task A_refresh_is_for_the_same_event_and_not_too_brief(string package, string expires, int status, string? least)
    {
        var peers = await Peers.StartAsync();
        await using var _ = peers;
        peers.Application.EventPackages = [MessageWaitingSummary.Package];
        peers.Application.Subscribe = _ => SubscribeAnswer.Accept(TimeSpan.FromHours(1), _ => new((SipBody?)null));
        using var wire = new Wire(peers.ServerEndPoint);
        await wire.SendAsync(wire.Request("SUBSCRIBE", headers: "Event: message-summary\r\nExpires: 600\r\n"));
        var accepted = await wire.ResponseAsync();
        await wire.SendAsync(wire.Request("SUBSCRIBE", cseq: 2, to: accepted.Headers["To"]!, headers: $"Event: {package}\r\nExpires: {expires}\r\n"));
        var response = await wire.ResponseAsync();
        while (response.CSeq!.Value.Number != 2)
            response = await wire.ResponseAsync();
        Assert.Equal((status, least), (response.Status, response.Headers["Min-Expires"]));
    }

    [Fact]
    public async Task A_brief_subscription_is_refused_and_a_question_is_not()
    {
        var peers = await Peers.StartAsync();
        await using var _ = peers;
        peers.Application.EventPackages = [MessageWaitingSummary.Package];
        peers.Application.Subscribe = _ => SubscribeAnswer.Accept(TimeSpan.FromHours(1), _ => new((SipBody?)null));
        var brief = peers.Client.CreateRequest("SUBSCRIBE", peers.Uri(), Peers.Alice);
        brief.Headers.Add("Event", MessageWaitingSummary.Package);
        brief.Headers.Add("Expires", "59");
        var refused = await peers.Client.SendAsync(brief).Soon();
        Assert.Equal((423, "60"), (refused.Status, refused.Headers["Min-Expires"]));
        var poll = await peers.Client.SubscribeAsync(Order(peers) with { Expires = TimeSpan.Zero }, default).Soon();
        Assert.Equal("0", poll.Response.Headers["Expires"]);
        Assert.StartsWith("terminated", (await poll.Subscription!.Notifications.Next()).Headers["Subscription-State"]);
        Assert.Equal("timeout", poll.Subscription.Status!.Reason);
    }

    /// <summary>A notifier in the very octets of the test, to which our client has subscribed.</summary>
    private static async Task<(Wire Notifier, SipRequest Subscribe, Task<SubscriptionResult> Subscribing)> NotifierAsync(Peers peers)
    {
        var notifier = new Wire(peers.Client.Bound[0].EndPoint);
        var order = Order(peers) with { Target = SipUri.Create("bob", "127.0.0.1", notifier.Port) };
        var subscribing = peers.Client.SubscribeAsync(order, default);
        return (notifier, (SipRequest)await notifier.ReceiveAsync(), subscribing);
    }

    private static SipResponse Accept(SipRequest subscribe, int expires = 600)
    {
        var response = subscribe.CreateResponse(200, null, "b1");
        response.Headers.Add("Expires", expires.ToString());
        response.Headers["Contact"] = $"<{subscribe.Uri}>";
        return response;
    }

    private static string Notify(Wire notifier, SipRequest subscribe, uint cseq, string state, string tag = "b1") =>
        notifier.Request("NOTIFY", subscribe.CallId!, cseq, subscribe.Headers["From"]!, headers: $"Event: message-summary\r\n{state}")
            .Replace("<sip:alice@example.test>;tag=a1", $"<sip:bob@example.test>;tag={tag}");

    [Fact]
    public async Task What_is_no_notification_of_ours_is_refused()
    {
        await using var peers = await Peers.StartAsync();
        var (notifier, subscribe, subscribing) = await NotifierAsync(peers);
        using var _ = notifier;
        await notifier.SendAsync(SipMessageWriter.Write(Accept(subscribe)));
        var subscription = (await subscribing.Soon()).Subscription!;
        await notifier.SendAsync(Notify(notifier, subscribe, 1, ""));
        Assert.Equal(400, (await notifier.ResponseAsync()).Status);
        await notifier.SendAsync(Notify(notifier, subscribe, 1, "Subscription-State: active\r\n", tag: "fork"));
        Assert.Equal(481, (await notifier.ResponseAsync()).Status);
        await notifier.SendAsync(Notify(notifier, subscribe, 2, "Subscription-State: terminated;reason=probation;retry-after=30\r\n"));
        Assert.Equal(200, (await notifier.ResponseAsync()).Status);
        await subscription.Notifications.Next();
        await subscription.Notifications.Completion.Soon();
        Assert.Equal(("probation", TimeSpan.FromSeconds(30)), (subscription.Status!.Reason, subscription.Status.RetryAfter));
    }

    [Fact]
    public async Task A_subscription_that_the_other_side_has_forgotten_is_over()
    {
        await using var peers = await Peers.StartAsync();
        var (notifier, subscribe, subscribing) = await NotifierAsync(peers);
        using var _ = notifier;
        await notifier.SendAsync(SipMessageWriter.Write(Accept(subscribe)));
        var subscription = (await subscribing.Soon()).Subscription!;
        // Less is left than was granted, as the notifier says now.
        await notifier.SendAsync(Notify(notifier, subscribe, 1, "Subscription-State: active;expires=2\r\n"));
        await subscription.Notifications.Next();
        await notifier.SendAsync(SipMessageWriter.Write((await SubscribeAsync(notifier)).CreateResponse(481)));
        await subscription.Notifications.Completion.Soon();
    }

    [Theory]
    [InlineData(481, null, 100, null)]
    [InlineData(489, null, 100, null)]
    [InlineData(500, null, 100, 50)]
    [InlineData(408, null, 100, 50)]
    [InlineData(503, "30", 100, 30)]
    [InlineData(503, "300", 100, null)]
    [InlineData(500, null, 0, null)]
    public void A_refresh_that_is_refused_ends_it_only_when_that_is_meant(int status, string? retryAfter, int left, int? wait)
    {
        var refusal = new SipResponse(status);
        refusal.Headers["Retry-After"] = retryAfter;
        Assert.Equal(wait, SubscriberSubscription.WaitAfter(refusal, TimeSpan.FromSeconds(left))?.TotalSeconds);
    }

    [Fact]
    public async Task Without_any_notification_there_is_no_subscription()
    {
        await using var peers = await Peers.StartAsync();
        var (notifier, subscribe, subscribing) = await NotifierAsync(peers);
        using var _ = notifier;
        await notifier.SendAsync(SipMessageWriter.Write(Accept(subscribe)));
        // 64*T1 of these timers are 3.2 s.
        await (await subscribing.Soon()).Subscription!.Notifications.Completion.Soon();
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("Accept: text/plain, Application/Simple-Message-Summary;q=0.5\r\n", true)]
    [InlineData("Accept: application/*\r\n", true)]
    [InlineData("Accept: */*\r\n", true)]
    [InlineData("Accept: application/pidf+xml\r\n", false)]
    public void What_a_subscriber_reads_is_told(string accept, bool reads)
    {
        var subscribe = (SipRequest)SipParser.Parse(System.Text.Encoding.ASCII.GetBytes(
            $"SUBSCRIBE sip:bob@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:bob@h>\r\nCall-ID: 1\r\nCSeq: 1 SUBSCRIBE\r\n{accept}\r\n")).Message!;
        var request = new SubscribeRequest(subscribe, MessageWaitingSummary.Package, TimeSpan.Zero, new(0, 0));
        Assert.Equal(reads, request.Accepts(MessageWaitingSummary.MediaType));
    }

    [Theory]
    [InlineData("active", "active", null, null, null)]
    [InlineData("Active ; expires=60", "active", 60, null, null)]
    [InlineData("terminated;reason=Deactivated;retry-after=5", "terminated", null, "deactivated", 5)]
    public void Subscription_States_are_read(string text, string state, int? expires, string? reason, int? retryAfter)
    {
        Assert.True(SubscriptionStatus.TryParse(text, out var status));
        Assert.Equal((state, expires, reason, retryAfter),
            (status.State, (int?)status.Expires?.TotalSeconds, status.Reason, (int?)status.RetryAfter?.TotalSeconds));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("active;=")]
    public void Broken_ones_are_not(string? text) => Assert.False(SubscriptionStatus.TryParse(text, out _));

    [Fact]
    public async Task Who_asks_for_nobody_or_for_an_unknown_event_is_refused()
    {
        var (peers, _) = await StartAsync();
        await using var __ = peers;
        var result = await peers.Client.SubscribeAsync(Order(peers) with { Target = peers.Uri("nobody") }, default).Soon();
        Assert.Null(result.Subscription);
        Assert.Equal(404, result.Response.Status);
        result = await peers.Client.SubscribeAsync(Order(peers) with { Package = "presence" }, default).Soon();
        Assert.Equal(489, result.Response.Status);
        Assert.Equal("message-summary", result.Response.Headers["Allow-Events"]);
    }

    [Fact]
    public async Task An_unsolicited_NOTIFY_reaches_the_phone()
    {
        await using var peers = await Peers.StartAsync();
        var notify = peers.Server.CreateRequest("NOTIFY", SipUri.Create("alice", "127.0.0.1", peers.Client.Bound[0].EndPoint.Port), Peers.Alice);
        notify.Headers.Add("Event", "message-summary");
        notify.Headers.Add("Subscription-State", "terminated");
        notify.SetBody(new MessageWaitingSummary(null, 3, 1).ToBody());
        Assert.Equal(200, (await peers.Server.SendAsync(notify).Soon()).Status);
        Assert.Equal(3, Parse(await peers.Phone.Notifies.Reader.Next()).New);
    }

    [Theory]
    [InlineData("Messages-Waiting: yes\r\nMessage-Account: sip:bob@example.test\r\nVoice-Message: 2/8 (1/0)\r\nFax-Message: 1/1\r\n", true, 2, 8)]
    [InlineData("messages-waiting: NO\r\n", false, 0, 0)]
    [InlineData("Messages-Waiting:yes\r\nVoice-Message: 4/8\r\n", true, 4, 8)]
    public void Summaries_are_read(string text, bool waiting, int fresh, int old)
    {
        Assert.True(MessageWaitingSummary.TryParse(text, out var summary));
        Assert.Equal((waiting, fresh, old), (summary.Waiting, summary.New, summary.Old));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Voice-Message: 1/2\r\n")]
    [InlineData("Messages-Waiting: maybe\r\n")]
    [InlineData("Messages-Waiting: yes\r\nVoice-Message: -1/2\r\n")]
    public void Broken_summaries_are_not(string text) => Assert.False(MessageWaitingSummary.TryParse(text, out _));

    private static MessageWaitingSummary Parse(SipRequest notify)
    {
        Assert.Equal(MessageWaitingSummary.MediaType, notify.ContentType);
        Assert.True(MessageWaitingSummary.TryParse(notify.BodyText!, out var summary));
        return summary;
    }

    private static async Task<SipRequest> SubscribeAsync(Wire wire)
    {
        while (true)
        {
            if (await wire.ReceiveAsync() is SipRequest { Method: "SUBSCRIBE" } subscribe)
                return subscribe;
        }
    }

    private static async Task<SipRequest> NotifyAsync(Wire wire, string state)
    {
        while (true)
        {
            if (await wire.ReceiveAsync() is SipRequest { Method: "NOTIFY" } notify && notify.Headers["Subscription-State"]!.StartsWith(state, StringComparison.Ordinal))
                return notify;
        }
    }
}
