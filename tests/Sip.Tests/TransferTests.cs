using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transfers;

namespace UnifiedMsg.Sip.Tests;

/// <summary>Blind and attended transfer in both roles (RFC 3515, RFC 3891, RFC 4488, RFC 5589).</summary>
public sealed class TransferTests
{
    [Theory]
    [InlineData(200)]
    [InlineData(486)]
    public async Task A_blind_transfer_tells_how_it_went(int status)
    {
        await using var peers = await Peers.StartAsync();
        var (incoming, outgoing) = await peers.ConnectAsync();
        ReferRequest? asked = null;
        peers.Phone.Refer = refer =>
        {
            asked = refer;
            return ReferAnswer.Accept((progress, _) =>
            {
                progress(new SipResponse(180));
                return Task.FromResult(new SipResponse(status));
            });
        };
        var result = await incoming.TransferAsync(SipUri.Parse("sip:carol@example.test")).Soon();
        Assert.Equal((status, status == 200), (result.Status, result.Succeeded));
        Assert.Equal("sip:carol@example.test", asked!.Target.ToString());
        Assert.Same(outgoing, asked.Call);
        Assert.Equal("bob", asked.ReferredBy!.Uri.User);
        Assert.Null(asked.Replaces);
        // Who has transferred the call leaves it; who could not, keeps it.
        Assert.Equal(status != 200, incoming.IsUp);
    }

    [Fact]
    public async Task A_NOTIFY_that_was_overtaken_is_said_again()
    {
        await using var peers = await Peers.StartAsync();
        using var wire = new Wire(peers.ServerEndPoint);
        peers.Application.Refer = _ => ReferAnswer.Accept((_, _) => Task.FromResult(new SipResponse(486)));
        await wire.SendAsync(wire.Request("REFER", headers: "Refer-To: <sip:carol@example.test>\r\n"));
        var first = await wire.RequestAsync("NOTIFY");
        await wire.RespondAsync(first, 500, "a1");
        SipRequest again;
        do
            again = await wire.RequestAsync("NOTIFY");
        while (again.CSeq == first.CSeq);
        Assert.Equal(first.BodyText, again.BodyText);
        await wire.RespondAsync(again, 200, "a1");
        SipRequest last;
        do
            last = await wire.RequestAsync("NOTIFY");
        while (last.CSeq == again.CSeq);
        Assert.StartsWith("SIP/2.0 486", last.BodyText);
        await wire.RespondAsync(last, 200, "a1");
    }

    [Fact]
    public async Task Nobody_waits_longer_for_the_news_of_a_transfer_than_they_were_promised()
    {
        var time = new HurriedTime(20);
        await using var peers = await Peers.StartAsync(server: o => o with { Timers = Transactions.SipTimers.Default }, time: time);
        using var wire = new Wire(peers.ServerEndPoint);
        await wire.SendAsync(wire.Request("INVITE", contentType: "application/sdp", body: Peers.Offer));
        var call = await peers.Application.Calls.Reader.Next();
        await call.AnswerAsync(Peers.Answer);
        var to = (await wire.ResponseToAsync("INVITE")).Headers["To"]!;
        await wire.SendAsync(wire.Request("ACK", to: to));
        await call.Acknowledged.Soon();
        var transfer = call.TransferAsync(SipUri.Parse("sip:carol@example.test"));
        await wire.RespondAsync(await wire.RequestAsync("REFER"), 202, "a1");
        await wire.SendAsync(wire.Request("NOTIFY", cseq: 2, to: to, headers: "Event: refer\r\nSubscription-State: active;expires=1\r\n",
            contentType: "message/sipfrag", body: "SIP/2.0 180 Ringing"));
        Assert.Equal(200, (await wire.ResponseToAsync("NOTIFY")).Status);
        Assert.Equal((180, false), ((await transfer.Soon()).Status, (await transfer).Succeeded));
        Assert.True(call.IsUp);
    }

    [Fact]
    public async Task News_of_a_transfer_that_was_given_up_are_not_those_of_the_next()
    {
        await using var peers = await Peers.StartAsync();
        using var wire = new Wire(peers.ServerEndPoint);
        await wire.SendAsync(wire.Request("INVITE", contentType: "application/sdp", body: Peers.Offer));
        var call = await peers.Application.Calls.Reader.Next();
        await call.AnswerAsync(Peers.Answer);
        var to = (await wire.ResponseToAsync("INVITE")).Headers["To"]!;
        await wire.SendAsync(wire.Request("ACK", to: to));
        await call.Acknowledged.Soon();
        using var patience = new CancellationTokenSource();
        var first = call.TransferAsync(SipUri.Parse("sip:carol@example.test"), patience.Token);
        var refer = await wire.RequestAsync("REFER");
        await wire.RespondAsync(refer, 202, "a1");
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.Soon());
        var second = call.TransferAsync(SipUri.Parse("sip:dave@example.test"));
        var next = await wire.RequestAsync("REFER");
        await wire.RespondAsync(next, 202, "a1");
        Assert.Equal(481, await NotifyAsync(2, $"refer;id={refer.CSeq!.Value.Number}", "SIP/2.0 603 Decline"));
        Assert.Equal(489, await NotifyAsync(3, "presence", "SIP/2.0 603 Decline"));
        Assert.Equal(200, await NotifyAsync(4, $"refer;id={next.CSeq!.Value.Number}", "SIP/2.0 486 Busy Here"));
        Assert.Equal(486, (await second.Soon()).Status);

        async Task<int> NotifyAsync(uint cseq, string what, string status)
        {
            await wire.SendAsync(wire.Request("NOTIFY", cseq: cseq, to: to, headers: $"Event: {what}\r\nSubscription-State: terminated;reason=noresource\r\n",
                contentType: "message/sipfrag", body: status));
            return (await wire.ResponseToAsync("NOTIFY")).Status;
        }
    }

    [Fact]
    public async Task An_attended_transfer_joins_the_two_others()
    {
        await using var peers = await Peers.StartAsync();
        await using var carol = await Peers.StartAsync();
        var (fromBob, toAlice) = await peers.ConnectAsync();
        var consulting = peers.Server.CallAsync(carol.Order() with { Target = carol.Uri("carol") }, default);
        var atCarol = await carol.Application.Calls.Reader.Next();
        await atCarol.AnswerAsync(Peers.Answer);
        var consultation = (await consulting.Soon()).Call!;
        await atCarol.Acknowledged.Soon();

        OutgoingCallResult? joined = null;
        peers.Phone.Refer = refer => ReferAnswer.Accept(async (progress, cancellationToken) =>
        {
            var order = refer.ToCall(Peers.Alice) with { Offer = SipBody.Sdp(Peers.Offer), OnProvisional = progress };
            joined = await peers.Client.CallAsync(order, cancellationToken);
            return joined.Response;
        });
        var transfer = fromBob.TransferAsync(consultation);
        var replacing = await carol.Application.Calls.Reader.Next();
        Assert.Same(atCarol, replacing.Replaces);
        Assert.Equal("alice", replacing.Parties.Caller.Uri.User);
        Assert.True(await replacing.AnswerAsync(Peers.Answer));
        Assert.True((await transfer.Soon()).Succeeded);
        await atCarol.Ended.Wait();
        await consultation.Ended.Wait();
        await toAlice.Ended.Wait();
        Assert.Equal(CallEndReason.Replaced, atCarol.EndReason);
        Assert.Equal(CallEndReason.RemoteHangUp, consultation.EndReason);
        Assert.True(joined!.Call!.IsUp && replacing.IsUp);
    }

    [Fact]
    public async Task A_transfer_that_nobody_carries_out_is_declined()
    {
        await using var peers = await Peers.StartAsync();
        var (incoming, _) = await peers.ConnectAsync();
        Assert.Equal(603, (await incoming.TransferAsync(SipUri.Parse("sip:carol@example.test")).Soon()).Status);
        peers.Phone.Refer = _ => throw new InvalidOperationException("test");
        Assert.Equal(500, (await incoming.TransferAsync(SipUri.Parse("sip:carol@example.test")).Soon()).Status);
        peers.Phone.Refer = _ => ReferAnswer.Accept((_, _) => throw new InvalidOperationException("test"));
        Assert.Equal(500, (await incoming.TransferAsync(SipUri.Parse("sip:carol@example.test")).Soon()).Status);
        Assert.True(incoming.IsUp);
    }

    [Fact]
    public async Task The_NOTIFYs_of_a_REFER_outside_a_call_come_in_its_own_dialog()
    {
        await using var peers = await Peers.StartAsync();
        using var wire = new Wire(peers.ServerEndPoint);
        var over = new TaskCompletionSource<SipResponse>();
        peers.Application.Refer = refer => ReferAnswer.Accept((_, _) => refer.Call is null ? over.Task : throw new InvalidOperationException());
        await wire.SendAsync(wire.Request("REFER", cseq: 5, headers: "Refer-To: <sip:carol@example.test>\r\n"));
        var accepted = await wire.ResponseToAsync("REFER");
        Assert.Equal(202, accepted.Status);
        Assert.NotNull(accepted.Contact);
        var trying = await wire.RequestAsync("NOTIFY");
        Assert.Equal(("refer;id=5", "message/sipfrag", "SIP/2.0 100 Trying\r\n"), (trying.Headers["Event"], trying.ContentType, trying.BodyText));
        Assert.StartsWith("active;expires=", trying.Headers["Subscription-State"]);
        await wire.RespondAsync(trying, 200, "a1");

        // RFC 6665 §4.1.2: whoever subscribed may ask for more time, or for the end.
        await wire.SendAsync(wire.Request("SUBSCRIBE", cseq: 6, to: accepted.Headers["To"]!, headers: "Event: refer;id=5\r\nExpires: 60\r\n"));
        Assert.Equal("60", (await wire.ResponseToAsync("SUBSCRIBE")).Headers["Expires"]);
        await wire.SendAsync(wire.Request("SUBSCRIBE", cseq: 7, to: accepted.Headers["To"]!, headers: "Event: refer;id=4\r\nExpires: 60\r\n"));
        Assert.Equal(489, (await wire.ResponseToAsync("SUBSCRIBE")).Status);
        over.SetResult(new SipResponse(603));
        var final = await wire.RequestAsync("NOTIFY");
        Assert.Equal(("terminated;reason=noresource", "SIP/2.0 603 Decline\r\n"), (final.Headers["Subscription-State"], final.BodyText));
        await wire.RespondAsync(final, 200, "a1");
    }

    [Fact]
    public async Task Whoever_does_not_want_to_be_notified_is_not()
    {
        await using var peers = await Peers.StartAsync();
        using var wire = new Wire(peers.ServerEndPoint);
        var carriedOut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        peers.Application.Refer = _ => ReferAnswer.Accept((_, _) =>
        {
            carriedOut.TrySetResult();
            return Task.FromResult(new SipResponse(200));
        });
        await wire.SendAsync(wire.Request("REFER", headers: "Refer-To: <sip:carol@example.test>\r\nRefer-Sub: false\r\nRequire: norefersub\r\n"));
        var accepted = await wire.ResponseToAsync("REFER");
        Assert.Equal((202, "false"), (accepted.Status, accepted.Headers["Refer-Sub"]));
        await carriedOut.Task.Soon();
        await wire.SendAsync(wire.Request("OPTIONS", "other"));
        Assert.IsType<SipResponse>(await wire.ReceiveAsync());
    }

    [Theory]
    [InlineData("", 400)]
    [InlineData("Refer-To: <sip:a@example.test>, <sip:b@example.test>\r\n", 400)]
    [InlineData("Refer-To: rubbish <\r\n", 400)]
    [InlineData("r: <sip:a@example.test;method=BYE>\r\n", 501)]
    [InlineData("Refer-To: <sip:a@example.test>\r\nRequire: explicitsub\r\n", 420)]
    [InlineData("Refer-To: <sip:a@example.test>\r\n", 603)]
    public async Task A_REFER_is_refused(string headers, int status)
    {
        await using var peers = await Peers.StartAsync();
        using var wire = new Wire(peers.ServerEndPoint);
        await wire.SendAsync(wire.Request("REFER", headers: headers));
        Assert.Equal(status, (await wire.ResponseToAsync("REFER")).Status);
    }

    // RFC 3891 §3, in its order.
    [Theory]
    [InlineData("{0};to-tag={1};from-tag={2}", 200)]
    [InlineData("{0};from-tag={2};to-tag={1};early-only", 486)]
    [InlineData("{0};to-tag={1};from-tag=another", 481)]
    [InlineData("another;to-tag={1};from-tag={2}", 481)]
    [InlineData("{0};to-tag={1}", 400)]
    [InlineData("{0};to-tag={1};from-tag={2}\r\nReplaces: {0};to-tag={1};from-tag={2}", 400)]
    public async Task A_call_that_replaces_another_one_is_answered_with(string replaces, int status)
    {
        await using var peers = await Peers.StartAsync();
        var (incoming, outgoing) = await peers.ConnectAsync();
        peers.Application.Serve = async (call, _) =>
        {
            await call.AnswerAsync(Peers.Answer);
            await call.Ended.Wait();
        };
        using var wire = new Wire(peers.ServerEndPoint);
        var header = string.Format(replaces, outgoing.CallId, outgoing.Answer!.To!.Tag, outgoing.Request.From!.Tag);
        await wire.SendAsync(wire.Request("INVITE", headers: $"Replaces: {header}\r\n", contentType: "application/sdp", body: Peers.Offer));
        Assert.Equal(status, (await wire.ResponseToAsync("INVITE")).Status);
        if (status == 200)
            await outgoing.Ended.Wait();
        else
            Assert.True(incoming.IsUp);
    }

    [Fact]
    public async Task A_call_that_only_rings_here_can_not_be_replaced()
    {
        await using var peers = await Peers.StartAsync();
        using var wire = new Wire(peers.ServerEndPoint);
        await wire.SendAsync(wire.Request("INVITE", "ringing", contentType: "application/sdp", body: Peers.Offer));
        await (await peers.Application.Calls.Reader.Next()).RingAsync();
        var ringing = await wire.ResponseAsync();
        await wire.SendAsync(wire.Request("INVITE", "other", headers: $"Replaces: ringing;to-tag={ringing.To!.Tag};from-tag=a1\r\n"));
        SipResponse response;
        do
            response = await wire.ResponseToAsync("INVITE");
        while (response.CallId != "other");
        Assert.Equal(481, response.Status);
    }
}
