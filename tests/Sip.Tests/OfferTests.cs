using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

/// <summary>Offers within a call that is up: hold and resume, late ones, and what happens when two cross (RFC 3261 §14, RFC 3311).</summary>
public sealed class OfferTests : IAsyncLifetime
{
    private const string Held = Peers.Offer + "a=sendonly\r\n";
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Hold_and_resume_in_either_direction(bool called)
    {
        var (incoming, outgoing) = await _peers.ConnectAsync();
        ICall holder = called ? incoming : outgoing, held = called ? outgoing : incoming;
        held.OfferHandler = (offer, _) => new ValueTask<string?>(Peers.Answer + (offer == Held ? "a=recvonly\r\n" : ""));
        Assert.Equal(200, (await holder.ReInviteAsync(SipBody.Sdp(Held)).Soon()).Status);
        Assert.EndsWith("a=recvonly\r\n", holder.RemoteSession);
        Assert.Equal(Held, held.RemoteSession);
        Assert.Equal(200, (await holder.UpdateAsync(SipBody.Sdp(Peers.Offer)).Soon()).Status);
        Assert.Equal((Peers.Answer, Peers.Offer), (holder.RemoteSession, held.RemoteSession));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_an_offer_of_ours_the_other_side_offers(bool called)
    {
        var (incoming, outgoing) = await _peers.ConnectAsync();
        ICall asking = called ? incoming : outgoing, asked = called ? outgoing : incoming;
        var answered = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        asked.OfferHandler = (offer, _) => new ValueTask<string?>(offer is null ? Held : null);
        asked.AnswerHandler = answered.SetResult;
        asking.OfferHandler = (offer, _) => new ValueTask<string?>(offer == Held ? Peers.Answer : null);
        Assert.Equal(200, (await asking.ReInviteAsync(null).Soon()).Status);
        Assert.Equal(Peers.Answer, await answered.Task.Soon());
        Assert.Equal((Held, Peers.Answer), (asking.RemoteSession, asked.RemoteSession));
    }

    [Fact]
    public async Task An_offer_that_can_not_be_answered_in_the_ACK_ends_the_call()
    {
        var (incoming, outgoing) = await _peers.ConnectAsync();
        incoming.OfferHandler = (_, _) => new ValueTask<string?>(Peers.Offer);
        outgoing.OfferHandler = (_, _) => throw new InvalidOperationException("no audio");
        Assert.Equal(200, (await outgoing.ReInviteAsync(null).Soon()).Status);
        await incoming.Ended.Wait();
        Assert.Equal(CallEndReason.RemoteHangUp, incoming.EndReason);
    }

    [Fact]
    public async Task Offers_that_cross_are_both_answered_in_the_end()
    {
        var (incoming, outgoing) = await _peers.ConnectAsync();
        incoming.OfferHandler = outgoing.OfferHandler = (_, _) => new ValueTask<string?>(Peers.Answer);
        var responses = await Task.WhenAll(incoming.ReInviteAsync(SipBody.Sdp(Peers.Offer)), outgoing.ReInviteAsync(SipBody.Sdp(Peers.Offer)),
            incoming.UpdateAsync(SipBody.Sdp(Peers.Offer)), outgoing.UpdateAsync(SipBody.Sdp(Peers.Offer))).Soon();
        Assert.All(responses, r => Assert.Equal(200, r.Status));
        Assert.True(incoming.IsUp && outgoing.IsUp);
    }

    // RFC 3261 §14.1: who did not make the Call-ID waits at most 2 s.
    [Theory]
    [InlineData(491, null)]
    [InlineData(500, "0")]
    public async Task An_offer_that_is_refused_for_now_is_made_again(int status, string? later)
    {
        var (call, answer) = await AnswerAsync();
        var offering = call.ReInviteAsync(SipBody.Sdp(Peers.Offer));
        var first = await _wire.RequestAsync("INVITE");
        await _wire.RespondAsync(first, status, "a1", null, later is null ? [] : [("Retry-After", later)]);
        SipRequest second;
        do
            second = await _wire.RequestAsync("INVITE");
        while (second.CSeq == first.CSeq);
        await _wire.RespondAsync(second, 200, "a1", Peers.Answer);
        Assert.Equal(200, (await offering.Soon()).Status);
        Assert.Equal(answer.To!.Tag, second.From!.Tag);
    }

    [Fact]
    public async Task An_INVITE_that_crosses_ours_gets_491_and_a_hasty_one_500()
    {
        var (call, answer) = await AnswerAsync();
        var to = answer.Headers["To"]!;
        var offering = call.ReInviteAsync(SipBody.Sdp(Peers.Offer));
        var ours = await _wire.RequestAsync("INVITE");
        Assert.Equal(491, (await WithinAsync("INVITE", 2, to, Peers.Offer)).Status);
        Assert.Equal(491, (await WithinAsync("UPDATE", 3, to, Peers.Offer)).Status);
        // RFC 3311 §5.1: one that offers nothing crosses nothing.
        Assert.Equal(200, (await WithinAsync("UPDATE", 4, to, "")).Status);
        await _wire.RespondAsync(ours, 200, "a1", Peers.Answer);
        Assert.Equal(200, (await offering.Soon()).Status);

        var answering = new TaskCompletionSource<string?>();
        call.OfferHandler = (_, _) => new ValueTask<string?>(answering.Task);
        await _wire.SendAsync(_wire.Request("INVITE", cseq: 5, to: to, contentType: "application/sdp", body: Peers.Offer));
        var hasty = await WithinAsync("INVITE", 6, to, Peers.Offer);
        Assert.Equal(500, hasty.Status);
        Assert.InRange(int.Parse(hasty.Headers["Retry-After"]!), 0, 10);
        Assert.Equal(500, (await WithinAsync("UPDATE", 7, to, Peers.Offer)).Status);
        answering.SetResult(Peers.Answer);
        var response = await _wire.ResponseToAsync("INVITE");
        Assert.Equal((200, 5u), (response.Status, response.CSeq!.Value.Number));
    }

    [Fact]
    public async Task A_re_INVITE_that_is_given_up_leaves_the_call_as_it_was()
    {
        var (call, answer) = await AnswerAsync();
        call.OfferHandler = async (_, cancellationToken) =>
        {
            await cancellationToken.Wait();
            return null;
        };
        await _wire.SendAsync(_wire.Request("INVITE", cseq: 2, to: answer.Headers["To"]!, contentType: "application/sdp", body: Held, branch: "z9hG4bKre"));
        await _wire.SendAsync(_wire.Request("CANCEL", cseq: 2, to: answer.Headers["To"]!, branch: "z9hG4bKre"));
        Assert.Equal(200, (await _wire.ResponseToAsync("CANCEL")).Status);
        Assert.Equal(487, (await _wire.ResponseToAsync("INVITE")).Status);
        Assert.True(call.IsUp);
        Assert.Equal(Peers.Offer, call.RemoteSession);
    }

    private async Task<(IIncomingCall Call, SipResponse Answer)> AnswerAsync()
    {
        await _wire.SendAsync(_wire.Request("INVITE", contentType: "application/sdp", body: Peers.Offer));
        var call = await _peers.Application.Calls.Reader.Next();
        await call.AnswerAsync(Peers.Answer);
        var answer = await _wire.ResponseToAsync("INVITE");
        await _wire.SendAsync(_wire.Request("ACK", to: answer.Headers["To"]!));
        await call.Acknowledged.Soon();
        return (call, answer);
    }

    private async Task<SipResponse> WithinAsync(string method, uint cseq, string to, string session)
    {
        await _wire.SendAsync(_wire.Request(method, cseq: cseq, to: to, contentType: session.Length == 0 ? null : "application/sdp", body: session));
        while (true)
        {
            if (await _wire.ResponseToAsync(method) is var response && response.CSeq!.Value.Number == cseq)
                return response;
        }
    }
}
