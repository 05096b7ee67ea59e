using System.Text;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

/// <summary>Rules that show only to a peer that does not keep them, or that repeats itself.</summary>
public sealed class RawRequestTests : IAsyncLifetime
{
    private Peers _peers = null!;
    private Wire _wire = null!;

    public async ValueTask InitializeAsync()
    {
        _peers = await Peers.StartAsync();
        _wire = new Wire(_peers.ServerEndPoint);
    }

    public async ValueTask DisposeAsync()
    {
        _wire.Dispose();
        await _peers.DisposeAsync();
    }

    [Fact]
    public async Task OPTIONS_tells_what_we_can_do_and_Via_where_it_came_from()
    {
        var response = await AskAsync(_wire.Request("OPTIONS"));
        Assert.Equal(200, response.Status);
        Assert.Contains("INVITE", response.Headers["Allow"]);
        Assert.Equal("application/sdp", response.Headers["Accept"]);
        Assert.NotNull(response.To!.Tag);
        Assert.Equal(_wire.Port.ToString(), response.TopVia!.Parameters["rport"]);
        Assert.Equal("127.0.0.1", response.TopVia.Parameters["received"]);
    }

    [Theory]
    [InlineData("MESSAGE", 405)]
    [InlineData("FROBNICATE", 501)]
    [InlineData("BYE", 481)]
    [InlineData("CANCEL", 481)]
    [InlineData("NOTIFY", 200)]
    public async Task Methods_outside_a_dialog(string method, int status) =>
        Assert.Equal(status, (await AskAsync(_wire.Request(method))).Status);

    [Fact]
    public async Task A_request_in_an_unknown_dialog_gets_481() =>
        Assert.Equal(481, (await AskAsync(_wire.Request("INVITE", to: "<sip:bob@127.0.0.1>;tag=gone", contentType: "application/sdp", body: Peers.Offer))).Status);

    [Fact]
    public async Task What_is_demanded_and_not_known_is_refused()
    {
        var response = await AskAsync(_wire.Request("INVITE", headers: "Require: resource-priority, histinfo\r\nRequire: nothingSupportsThis\r\n"));
        Assert.Equal(420, response.Status);
        Assert.Equal("resource-priority, nothingSupportsThis", response.Headers["Unsupported"]);
        Assert.Equal(416, (await AskAsync(_wire.Request("OPTIONS", uri: "nobodyKnowsThisScheme:totallyopaquecontent"))).Status);
        response = await AskAsync(_wire.Request("INVITE", "c2", contentType: "application/unknown", body: "<audio/>"));
        Assert.Equal(415, response.Status);
        Assert.Equal("application/sdp", response.Headers["Accept"]);
        Assert.Equal(406, (await AskAsync(_wire.Request("INVITE", "c3", headers: "Accept: text/plain\r\n"))).Status);
        Assert.Equal(489, (await AskAsync(_wire.Request("SUBSCRIBE", "c4", headers: "Event: presence\r\n"))).Status);
        Assert.False(_peers.Application.Calls.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_repeated_request_gets_the_same_response_and_no_second_call()
    {
        var invite = _wire.Request("INVITE", contentType: "application/sdp", body: Peers.Offer, branch: "z9hG4bKsame");
        await _wire.SendAsync(invite);
        var call = await _peers.Application.Calls.Reader.Next();
        await call.RingAsync();
        Assert.Equal(180, (await _wire.ResponseAsync()).Status);
        await _wire.SendAsync(invite);
        Assert.Equal(180, (await _wire.ResponseAsync()).Status);
        await call.RejectAsync(486);
        var first = await _wire.ResponseAsync();
        await _wire.SendAsync(invite);
        var second = await _wire.ResponseAsync();
        Assert.Equal(486, second.Status);
        Assert.Equal(first.To!.Tag, second.To!.Tag);
        Assert.False(_peers.Application.Calls.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_request_that_came_by_two_ways_is_merged()
    {
        await _wire.SendAsync(_wire.Request("INVITE", contentType: "application/sdp", body: Peers.Offer));
        var call = await _peers.Application.Calls.Reader.Next();
        Assert.Equal(482, (await AskAsync(_wire.Request("INVITE", contentType: "application/sdp", body: Peers.Offer))).Status);
        Assert.Null(call.EndReason);
    }

    [Fact]
    public async Task CANCEL_is_answered_and_ends_the_INVITE_with_487()
    {
        await _wire.SendAsync(_wire.Request("INVITE", contentType: "application/sdp", body: Peers.Offer, branch: "z9hG4bKcancel"));
        var call = await _peers.Application.Calls.Reader.Next();
        await _wire.SendAsync(_wire.Request("CANCEL", branch: "z9hG4bKcancel", headers: "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n"));
        var responses = new[] { await _wire.ResponseAsync(), await _wire.ResponseAsync() };
        Assert.Equal(200, responses.Single(r => r.CSeq!.Value.Method == "CANCEL").Status);
        Assert.Equal(487, responses.Single(r => r.CSeq!.Value.Method == "INVITE").Status);
        await call.Ended.Wait();
        Assert.Equal(CallEndReason.Cancelled, call.EndReason);
        Assert.True(call.WasAnsweredElsewhere);
    }

    [Fact]
    public async Task CANCEL_after_the_answer_changes_nothing()
    {
        var (call, _) = await AnswerAsync("z9hG4bKlate");
        await _wire.SendAsync(_wire.Request("CANCEL", branch: "z9hG4bKlate"));
        while (true)
        {
            var response = await _wire.ResponseAsync();
            if (response.CSeq!.Value.Method != "CANCEL")
                continue;
            Assert.Equal(200, response.Status);
            break;
        }
        Assert.True(call.IsUp);
    }

    [Fact]
    public async Task Requests_out_of_order_get_500()
    {
        var (call, to) = await AnswerAsync("z9hG4bKorder");
        await _wire.SendAsync(_wire.Request("ACK", to: to));
        await call.Acknowledged.Soon();
        Assert.Equal(200, (await InDialogAsync("OPTIONS", 7, to)).Status);
        Assert.Equal(500, (await InDialogAsync("INFO", 6, to)).Status);
        Assert.Equal(489, (await InDialogAsync("NOTIFY", 8, to)).Status);
        Assert.Equal(200, (await InDialogAsync("BYE", 9, to)).Status);
        Assert.Equal(481, (await InDialogAsync("OPTIONS", 10, to)).Status);
    }

    [Fact]
    public async Task BYE_before_the_answer_ends_the_INVITE()
    {
        await _wire.SendAsync(_wire.Request("INVITE", contentType: "application/sdp", body: Peers.Offer));
        var call = await _peers.Application.Calls.Reader.Next();
        await call.RingAsync();
        var to = (await _wire.ResponseAsync()).Headers["To"]!;
        await _wire.SendAsync(_wire.Request("BYE", cseq: 2, to: to));
        var responses = new[] { await _wire.ResponseAsync(), await _wire.ResponseAsync() };
        Assert.Equal(200, responses.Single(r => r.CSeq!.Value.Method == "BYE").Status);
        Assert.Equal(487, responses.Single(r => r.CSeq!.Value.Method == "INVITE").Status);
        Assert.Equal(CallEndReason.Cancelled, call.EndReason);
    }

    [Fact]
    public async Task The_way_back_is_the_way_here()
    {
        await _wire.SendAsync(_wire.Request("INVITE", contentType: "application/sdp", body: Peers.Offer,
            headers: $"Record-Route: <sip:127.0.0.1:{_wire.Port};lr;a=1>, <sip:192.0.2.7;lr>\r\n"));
        var call = await _peers.Application.Calls.Reader.Next();
        await call.AnswerAsync(Peers.Answer);
        var answer = await _wire.ResponseAsync();
        Assert.Equal(2, answer.Headers.Values("Record-Route").Count());
        Assert.Equal(_peers.ServerEndPoint.Port, answer.Contact!.Uri.Port);
        Assert.Equal("127.0.0.1", answer.Contact.Uri.Host);
        await _wire.SendAsync(_wire.Request("ACK", to: answer.Headers["To"]!));
        await call.Acknowledged.Soon();
        _ = call.HangUpAsync();
        var bye = await _wire.RequestAsync("BYE");
        Assert.Equal($"sip:alice@127.0.0.1:{_wire.Port}", bye.Uri.ToString());
        Assert.Equal([$"<sip:127.0.0.1:{_wire.Port};lr;a=1>", "<sip:192.0.2.7;lr>"], bye.Headers.Values("Route"));
    }

    // RFC 3261 §12.2.1.1: the strict router stands in the Request-URI, and the request goes there, though a loose one follows in Route.
    [Fact]
    public async Task A_strict_router_is_the_next_hop()
    {
        await _wire.SendAsync(_wire.Request("INVITE", contentType: "application/sdp", body: Peers.Offer,
            headers: $"Record-Route: <sip:127.0.0.1:{_wire.Port};a=1>, <sip:192.0.2.7;lr>\r\n"));
        var call = await _peers.Application.Calls.Reader.Next();
        await call.AnswerAsync(Peers.Answer);
        var answer = await _wire.ResponseAsync();
        await _wire.SendAsync(_wire.Request("ACK", to: answer.Headers["To"]!));
        await call.Acknowledged.Soon();
        _ = call.HangUpAsync();
        var bye = await _wire.RequestAsync("BYE");
        Assert.Equal($"sip:127.0.0.1:{_wire.Port};a=1", bye.Uri.ToString());
        Assert.Equal(["<sip:192.0.2.7;lr>", $"<sip:alice@127.0.0.1:{_wire.Port}>"], bye.Headers.Values("Route"));
    }

    // The ACK of a late offer is handled on the thread that receives: what the application does wrong there must not end it.
    [Fact]
    public async Task A_fault_over_one_message_ends_neither_the_call_nor_the_reception()
    {
        var (call, to) = await AnswerAsync("z9hG4bKfault");
        await _wire.SendAsync(_wire.Request("ACK", to: to));
        await call.Acknowledged.Soon();
        call.OfferHandler = (_, _) => ValueTask.FromResult<string?>(Peers.Offer);
        call.AnswerHandler = _ => throw new ObjectDisposedException("audio");
        await _wire.SendAsync(_wire.Request("INVITE", cseq: 7, to: to));
        Assert.Equal(200, (await _wire.ResponseAsync()).Status);
        await _wire.SendAsync(_wire.Request("ACK", cseq: 7, to: to, contentType: "application/sdp", body: Peers.Answer));
        Assert.Equal(200, (await InDialogAsync("OPTIONS", 8, to)).Status);
        Assert.True(call.IsUp);
    }

    [Fact]
    public async Task A_session_inside_a_multipart_is_found()
    {
        const string Body = "--b\r\nContent-Type: application/isup\r\n\r\n\u0001\u0002\r\n--b\r\nContent-Type: application/sdp\r\n\r\n" + Peers.Offer + "\r\n--b--\r\n";
        await _wire.SendAsync(_wire.Request("INVITE", contentType: "multipart/mixed;boundary=b", body: Body));
        Assert.Equal(Peers.Offer, (await _peers.Application.Calls.Reader.Next()).Offer);
    }

    [Fact]
    public async Task Rubbish_is_dropped_and_the_next_request_is_served()
    {
        await _wire.SendAsync("\r\n\r\n");
        await _wire.SendAsync([0, 1, 2, 3]);
        await _wire.SendAsync(Encoding.ASCII.GetBytes(new string('x', 60000)));
        await _wire.SendAsync("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1\r\n\r\n");
        Assert.Equal(200, (await AskAsync(_wire.Request("OPTIONS"))).Status);
    }

    // A refusal of an earlier INVITE, whose ACK nobody sends here, may come again in between.
    private async Task<SipResponse> AskAsync(string request)
    {
        await _wire.SendAsync(request);
        while (true)
        {
            var response = await _wire.ResponseAsync();
            if (request.Contains($"CSeq: {response.Headers["CSeq"]}\r\n", StringComparison.Ordinal)
                && request.Contains($"Call-ID: {response.CallId}\r\n", StringComparison.Ordinal))
                return response;
        }
    }

    private async Task<SipResponse> InDialogAsync(string method, uint cseq, string to)
    {
        await _wire.SendAsync(_wire.Request(method, cseq: cseq, to: to));
        while (true)
        {
            var response = await _wire.ResponseAsync();
            if (response.CSeq!.Value.Method == method)
                return response;
        }
    }

    private async Task<(IIncomingCall Call, string To)> AnswerAsync(string branch)
    {
        await _wire.SendAsync(_wire.Request("INVITE", contentType: "application/sdp", body: Peers.Offer, branch: branch));
        var call = await _peers.Application.Calls.Reader.Next();
        await call.AnswerAsync(Peers.Answer);
        return (call, (await _wire.ResponseAsync()).Headers["To"]!);
    }
}
