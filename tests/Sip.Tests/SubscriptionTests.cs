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
        var peers = await Peers.StartAsync(transport);
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

    private static async Task<SipRequest> NotifyAsync(Wire wire, string state)
    {
        while (true)
        {
            if (await wire.ReceiveAsync() is SipRequest { Method: "NOTIFY" } notify && notify.Headers["Subscription-State"]!.StartsWith(state, StringComparison.Ordinal))
                return notify;
        }
    }
}
