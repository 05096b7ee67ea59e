using UnifiedMsg.Sip.Guard;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Subscriptions;
using UnifiedMsg.Sip.Transactions;
using UnifiedMsg.Sip.Transfers;

namespace UnifiedMsg.Sip.Tests;

/// <summary>What one source may hold of calls, subscriptions and transfers together.</summary>
public sealed class DialogLimitTests
{
    private static Task<Peers> StartAsync(int dialogs, bool exempt = false) => Peers.StartAsync(server: o => o with
    {
        Guard = new GuardOptions { MaxDialogs = dialogs, Exempt = exempt ? o.Guard.Exempt : [] },
        // What the test leaves open must not end by itself, however slow the machine is.
        Timers = SipTimers.Default,
    });

    private static async Task<SipResponse> AskAsync(Wire wire, string method, string callId, string headers = "")
    {
        await wire.SendAsync(wire.Request(method, callId, headers: headers,
            contentType: method == "INVITE" ? "application/sdp" : null, body: method == "INVITE" ? Peers.Offer : ""));
        while (true)
        {
            var message = await wire.ReceiveAsync();
            if (message is SipResponse { Status: >= 200 } response && response.CallId == callId)
                return response;
            await AnswerNotifyAsync(wire, message);
        }
    }

    /// <summary>Answers what is a NOTIFY; whether it was the last one with that Call-ID.</summary>
    private static async Task<bool> AnswerNotifyAsync(Wire wire, SipMessage message, string? callId = null)
    {
        if (message is not SipRequest { Method: "NOTIFY" } notify)
            return false;
        await wire.RespondAsync(notify, 200, "a1");
        return notify.CallId == callId && notify.Headers["Subscription-State"]!.StartsWith("terminated", StringComparison.Ordinal);
    }

    private static async Task UntilTerminatedAsync(Wire wire, string callId)
    {
        while (!await AnswerNotifyAsync(wire, await wire.ReceiveAsync(), callId))
        {
        }
    }

    private static Task<SipResponse> SubscribeAsync(Wire wire, string callId) =>
        AskAsync(wire, "SUBSCRIBE", callId, "Event: message-summary\r\nExpires: 600\r\n");

    private static Task<SipResponse> ReferAsync(Wire wire, string callId) => AskAsync(wire, "REFER", callId, "Refer-To: <sip:carol@example.test>\r\n");

    private static void AssertRefused(SipResponse response) => Assert.Equal((503, "5"), (response.Status, response.Headers["Retry-After"]));

    [Fact]
    public async Task Calls_subscriptions_and_transfers_count_together_until_each_is_over()
    {
        await using var peers = await StartAsync(3);
        peers.Application.EventPackages = [MessageWaitingSummary.Package];
        peers.Application.Serve = async (call, _) =>
        {
            await call.AnswerAsync(Peers.Answer);
            await call.Ended.Wait();
        };
        INotifierSubscription? subscribed = null;
        peers.Application.Subscribe = _ => SubscribeAnswer.Accept(TimeSpan.FromHours(1), _ => new((SipBody?)null), s => subscribed = s);
        var transfer = new TaskCompletionSource<SipResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        peers.Application.Refer = _ => ReferAnswer.Accept((_, _) => transfer.Task);
        using var wire = new Wire(peers.ServerEndPoint);

        var call = await AskAsync(wire, "INVITE", "call");
        Assert.Equal(200, call.Status);
        Assert.Equal(200, (await SubscribeAsync(wire, "lamp")).Status);
        Assert.Equal(202, (await ReferAsync(wire, "transfer")).Status);
        AssertRefused(await AskAsync(wire, "INVITE", "call-2"));
        AssertRefused(await SubscribeAsync(wire, "lamp-2"));
        AssertRefused(await ReferAsync(wire, "transfer-2"));
        // What belongs to a dialog is no new one.
        await wire.SendAsync(wire.Request("BYE", "call", 2, call.Headers["To"]!));
        Assert.Equal(200, (await wire.ResponseToAsync("BYE")).Status);

        Assert.Equal(200, (await AskAsync(wire, "INVITE", "call-3")).Status);
        AssertRefused(await AskAsync(wire, "INVITE", "call-4"));
        var ending = subscribed!.TerminateAsync();
        await UntilTerminatedAsync(wire, "lamp");
        await ending.Soon();
        Assert.Equal(200, (await AskAsync(wire, "INVITE", "call-5")).Status);
        AssertRefused(await ReferAsync(wire, "transfer-3"));
        transfer.SetResult(new SipResponse(200));
        await UntilTerminatedAsync(wire, "transfer");
        SipResponse response;
        var attempt = 6;
        // The place is given back right behind the response to the last NOTIFY, which goes its own way.
        do
            response = await AskAsync(wire, "INVITE", $"call-{attempt++}");
        while (response.Status == 503 && attempt < 1000);
        Assert.Equal(200, response.Status);
    }

    [Fact]
    public async Task A_call_that_was_refused_leaves_its_place()
    {
        await using var peers = await StartAsync(1);
        peers.Application.Serve = (call, _) => call.RejectAsync(486);
        for (var i = 0; i < 3; i++)
            Assert.Equal(486, (await peers.Client.CallAsync(peers.Order(), default).Soon()).Response.Status);
    }

    [Fact]
    public async Task Whoever_is_trusted_is_not_counted()
    {
        await using var peers = await StartAsync(1, exempt: true);
        await peers.ConnectAsync();
        await peers.ConnectAsync();
        Assert.Equal(2, peers.Server.CallCount);
    }
}
