using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

/// <summary>RFC 3262 as the called side, to a caller that the test plays octet by octet.</summary>
public sealed class ReliableProvisionalTests : IAsyncLifetime
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
    public async Task What_is_demanded_is_repeated_until_PRACK_and_the_next_one_waits_for_it()
    {
        var call = await InviteAsync("Require: 100rel\r\n");
        var ringing = call.RingAsync();
        var progress = call.RingAsync(183);
        var first = await _wire.ResponseAsync();
        Assert.Equal(180, first.Status);
        Assert.Equal("100rel", first.Headers["Require"]);
        var again = await _wire.ResponseAsync();
        Assert.Equal((180, first.Headers["RSeq"]), (again.Status, again.Headers["RSeq"]));
        Assert.False(ringing.IsCompleted);

        Assert.Equal(200, await PrackAsync(first, 2));
        await ringing.Soon();
        var second = await NextAsync(183);
        Assert.Equal(Number(first) + 1, Number(second));
        Assert.Equal(200, await PrackAsync(second, 3));
        await progress.Soon();
    }

    [Theory]
    [InlineData("RAck: {0} 1 INVITE", 200)]
    [InlineData("RAck: {1} 1 INVITE", 481)]
    [InlineData("RAck: {0} 2 INVITE", 481)]
    [InlineData("RAck: {0} 1 UPDATE", 481)]
    [InlineData("RAck: {0}", 400)]
    [InlineData("Subject: none", 400)]
    public async Task A_PRACK_is_for_the_response_that_it_names(string header, int status)
    {
        var call = await InviteAsync("Require: 100rel\r\n");
        _ = call.RingAsync();
        var response = await _wire.ResponseAsync();
        await _wire.SendAsync(_wire.Request("PRACK", cseq: 2, to: response.Headers["To"]!,
            headers: string.Format(header, Number(response), Number(response) + 1) + "\r\n"));
        Assert.Equal(status, (await _wire.ResponseToAsync("PRACK")).Status);
    }

    [Fact]
    public async Task A_second_PRACK_for_the_same_response_gets_481()
    {
        var call = await InviteAsync("Require: 100rel\r\n");
        _ = call.RingAsync();
        var response = await _wire.ResponseAsync();
        Assert.Equal(200, await PrackAsync(response, 2));
        Assert.Equal(481, await PrackAsync(response, 3));
    }

    [Fact]
    public async Task A_session_goes_reliably_to_whom_can_and_the_answer_waits_for_PRACK_and_says_it_no_more()
    {
        var call = await InviteAsync("Supported: timer, 100rel\r\n");
        await call.RingAsync();
        Assert.Null((await _wire.ResponseAsync()).Headers["RSeq"]);
        _ = call.RingAsync(183, Peers.Answer);
        var early = await _wire.ResponseAsync();
        Assert.Equal(Peers.Answer, early.BodyText);
        var answering = call.AnswerAsync(Peers.Answer);
        Assert.False(answering.IsCompleted);
        Assert.Equal(200, await PrackAsync(early, 2));
        Assert.True(await answering.Soon());
        var answer = await _wire.ResponseToAsync("INVITE");
        Assert.Equal(200, answer.Status);
        Assert.Null(answer.BodyText);
    }

    [Fact]
    public async Task To_whom_can_not_a_session_goes_without()
    {
        var call = await InviteAsync("");
        await call.RingAsync(183, Peers.Answer).Soon();
        var early = await _wire.ResponseAsync();
        Assert.Null(early.Headers["RSeq"]);
        Assert.Equal(Peers.Answer, early.BodyText);
        Assert.True(await call.AnswerAsync(Peers.Answer).Soon());
        Assert.Equal(Peers.Answer, (await _wire.ResponseToAsync("INVITE")).BodyText);
    }

    [Fact]
    public async Task Our_offer_in_a_response_has_its_answer_in_the_PRACK()
    {
        var call = await InviteAsync("Require: 100rel\r\n", offer: null);
        // RFC 3262 §5: without an offer nothing may be sent reliably.
        await call.RingAsync().Soon();
        var ringing = call.RingAsync(183, Peers.Offer);
        var early = await _wire.ResponseAsync();
        Assert.Equal((183, Peers.Offer), (early.Status, early.BodyText));
        Assert.Equal(200, await PrackAsync(early, 2, Peers.Answer));
        await ringing.Soon();
        Assert.Equal(Peers.Answer, call.RemoteSession);
        Assert.True(await call.AnswerAsync(Peers.Offer).Soon());
        var answer = await _wire.ResponseToAsync("INVITE");
        Assert.Null(answer.BodyText);
        await _wire.SendAsync(_wire.Request("ACK", to: answer.Headers["To"]!));
        Assert.Equal(Peers.Answer, await call.Acknowledged.Soon());
    }

    [Fact]
    public async Task An_offer_in_a_PRACK_is_answered_in_its_200()
    {
        var call = await InviteAsync("Require: 100rel\r\n");
        call.OfferHandler = (offer, _) => new ValueTask<string?>(offer + "a=recvonly\r\n");
        _ = call.RingAsync(183, Peers.Answer);
        var early = await _wire.ResponseAsync();
        await _wire.SendAsync(Prack(early, 2, Peers.Offer));
        var response = await _wire.ResponseToAsync("PRACK");
        Assert.Equal((200, Peers.Offer + "a=recvonly\r\n"), (response.Status, response.BodyText));
        Assert.Equal(Peers.Offer, call.RemoteSession);
    }

    [Fact]
    public async Task Offers_by_UPDATE_are_taken_once_the_first_one_is_answered()
    {
        var call = await InviteAsync("Supported: 100rel\r\n");
        call.OfferHandler = (_, _) => new ValueTask<string?>(Peers.Answer);
        var ringing = call.RingAsync(183, Peers.Answer);
        var early = await _wire.ResponseAsync();
        var to = early.Headers["To"]!;
        // RFC 3311 §5.2: the answer is not known to have come.
        var refused = await UpdateAsync(2, to, Peers.Offer);
        Assert.Equal(500, refused.Status);
        Assert.InRange(int.Parse(refused.Headers["Retry-After"]!), 0, 10);
        Assert.Equal(200, (await UpdateAsync(3, to, "")).Status);
        Assert.Equal(200, await PrackAsync(early, 4));
        await ringing.Soon();
        Assert.Equal(Peers.Answer, (await UpdateAsync(5, to, Peers.Offer)).BodyText);

        var ours = call.UpdateAsync(SipBody.Sdp(Peers.Offer));
        var update = await _wire.RequestAsync("UPDATE");
        // RFC 3311 §5.2: our own offer waits for its answer.
        Assert.Equal(491, (await UpdateAsync(6, to, Peers.Offer)).Status);
        await _wire.RespondAsync(update, 200, session: Peers.Answer);
        Assert.Equal(200, (await ours.Soon()).Status);
        Assert.Equal(491, (await call.ReInviteAsync(SipBody.Sdp(Peers.Offer)).Soon()).Status);
    }

    [Fact]
    public async Task The_next_one_waits_also_when_whoever_sent_the_first_waits_no_longer()
    {
        var call = await InviteAsync("Require: 100rel\r\n");
        using var patience = new CancellationTokenSource();
        var ringing = call.RingAsync(cancellationToken: patience.Token);
        var first = await _wire.ResponseAsync();
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ringing.Soon());
        var progress = call.RingAsync(183);
        Assert.Equal(200, await PrackAsync(first, 2));
        Assert.Equal(200, await PrackAsync(await NextAsync(183), 3));
        await progress.Soon();
    }

    [Fact]
    public async Task The_answer_waits_for_that_of_an_offer_in_a_PRACK_and_says_it_not_again()
    {
        var call = await InviteAsync("Require: 100rel\r\n");
        var answer = new TaskCompletionSource<string?>();
        call.OfferHandler = (_, _) => new ValueTask<string?>(answer.Task);
        _ = call.RingAsync(183, Peers.Answer);
        await _wire.SendAsync(Prack(await _wire.ResponseAsync(), 2, Peers.Offer));
        // Served after the PRACK, so that its offer is known by then.
        await _wire.SendAsync(_wire.Request("OPTIONS", "other"));
        await _wire.ResponseToAsync("OPTIONS");
        var answering = call.AnswerAsync(Peers.Answer);
        answer.SetResult(Peers.Answer);
        Assert.True(await answering.Soon());
        Assert.Equal(Peers.Answer, (await _wire.ResponseToAsync("PRACK")).BodyText);
        Assert.Null((await _wire.ResponseToAsync("INVITE")).BodyText);
    }

    [Fact]
    public async Task An_offer_by_UPDATE_that_is_not_answered_yet_is_not_answered_by_the_2xx_to_INVITE()
    {
        var call = await InviteAsync("Require: 100rel\r\n");
        var answer = new TaskCompletionSource<string?>();
        call.OfferHandler = (_, _) => new ValueTask<string?>(answer.Task);
        var ringing = call.RingAsync(183, Peers.Answer);
        var early = await _wire.ResponseAsync();
        Assert.Equal(200, await PrackAsync(early, 2));
        await ringing.Soon();
        await _wire.SendAsync(_wire.Request("UPDATE", cseq: 3, to: early.Headers["To"]!, contentType: "application/sdp", body: Peers.Offer));
        await _wire.SendAsync(_wire.Request("OPTIONS", "other"));
        await _wire.ResponseToAsync("OPTIONS");
        Assert.True(await call.AnswerAsync(Peers.Answer).Soon());
        Assert.Null((await _wire.ResponseToAsync("INVITE")).BodyText);
        // The UPDATE still waits: another offer is too early.
        Assert.Equal(500, (await UpdateAsync(4, early.Headers["To"]!, Peers.Offer)).Status);
        answer.SetResult(Peers.Answer);
        Assert.Equal(Peers.Answer, (await _wire.ResponseToAsync("UPDATE")).BodyText);
    }

    [Fact]
    public async Task Without_PRACK_the_call_is_refused_with_504()
    {
        var call = await InviteAsync("Require: 100rel\r\n");
        var ringing = call.RingAsync();
        Assert.Equal(504, (await _wire.ResponseToAsync("INVITE")).Status);
        await ringing.Soon();
        Assert.Equal(CallEndReason.NoAck, call.EndReason);
        Assert.False(await call.AnswerAsync(Peers.Answer));
    }

    [Fact]
    public async Task Who_can_not_is_refused_with_421_where_it_is_required()
    {
        await using var strict = await Peers.StartAsync(server: o => o with { Session = new() { RequireReliableProvisionals = true } });
        using var wire = new Wire(strict.ServerEndPoint);
        await wire.SendAsync(wire.Request("INVITE", contentType: "application/sdp", body: Peers.Offer));
        var refused = await wire.ResponseToAsync("INVITE");
        Assert.Equal((421, "100rel"), (refused.Status, refused.Headers["Require"]));
        var calling = strict.Client.CallAsync(strict.Order(), default);
        var call = await strict.Application.Calls.Reader.Next();
        await call.RingAsync().Soon();
        await call.AnswerAsync(Peers.Answer);
        Assert.NotNull((await calling.Soon()).Call);
    }

    private async Task<IIncomingCall> InviteAsync(string headers, string? offer = Peers.Offer)
    {
        await _wire.SendAsync(_wire.Request("INVITE", headers: headers, contentType: offer is null ? null : "application/sdp", body: offer ?? ""));
        return await _peers.Application.Calls.Reader.Next();
    }

    private string Prack(SipResponse response, uint cseq, string? session) => _wire.Request("PRACK", cseq: cseq, to: response.Headers["To"]!,
        headers: $"RAck: {Number(response)} 1 INVITE\r\n", contentType: session is null ? null : "application/sdp", body: session ?? "");

    private async Task<int> PrackAsync(SipResponse response, uint cseq, string? session = null)
    {
        await _wire.SendAsync(Prack(response, cseq, session));
        return (await _wire.ResponseToAsync("PRACK")).Status;
    }

    private async Task<SipResponse> UpdateAsync(uint cseq, string to, string session)
    {
        await _wire.SendAsync(_wire.Request("UPDATE", cseq: cseq, to: to, contentType: session.Length == 0 ? null : "application/sdp", body: session));
        return await _wire.ResponseToAsync("UPDATE");
    }

    private async Task<SipResponse> NextAsync(int status)
    {
        while (true)
        {
            if (await _wire.ResponseAsync() is var response && response.Status == status)
                return response;
        }
    }

    private static uint Number(SipResponse response) => uint.Parse(response.Headers["RSeq"]!);
}
