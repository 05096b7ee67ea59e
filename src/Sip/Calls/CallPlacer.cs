using UnifiedMsg.Sip.Dialogs;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Requests;
using UnifiedMsg.Sip.Transactions;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Calls;

/// <summary>Places calls (RFC 3261 §13.2).</summary>
internal sealed class CallPlacer(UserAgentCore core, CallRegistry registry)
{
    public async Task<OutgoingCallResult> PlaceAsync(OutgoingCallRequest order, CancellationToken cancellationToken)
    {
        if (!registry.TryReserve())
            return new OutgoingCallResult(null, new SipResponse(503, "Too Many Calls") { IsLocal = true });
        using var place = new CallPlace(registry);
        var (call, response) = await AttemptAllAsync(order, place, cancellationToken);
        return new OutgoingCallResult(call, response);
    }

    private async Task<(OutgoingCall?, SipResponse)> AttemptAllAsync(
        OutgoingCallRequest order, CallPlace place, CancellationToken cancellationToken)
    {
        var callId = order.CallId ?? SipIds.CallId();
        var tag = SipIds.Tag();
        var attempts = RequestAttempts.Outside(core, DigestClient.Of(order.Credentials));
        var minimum = 0u;
        while (true)
        {
            var invite = CreateInvite(order, callId, tag, attempts.Sequence, minimum);
            attempts.Prepare(invite);
            var (call, response) = await AttemptAsync(order, invite, attempts.Path, place, cancellationToken);
            if (call is not null)
                return (call, response);
            var mended = SessionInterval.TryRaise(response, ref minimum) || TryWithoutOffer(response, ref order);
            if (!attempts.GoesOn(invite, response, mended))
                return (null, attempts.AnswerTo(response));
        }
    }

    // RFC 3261 §8.1.3.5: a body that is too large (413) or of another type than is read there (415) is left out. The other side offers then.
    private static bool TryWithoutOffer(SipResponse response, ref OutgoingCallRequest order)
    {
        if (response.Status is not (413 or 415) || order.Offer is null || order.LateOffer is null)
            return false;
        order = order with { Offer = null };
        return true;
    }

    private async Task<(OutgoingCall?, SipResponse)> AttemptAsync(
        OutgoingCallRequest order, SipRequest invite, RequestPath path, CallPlace place, CancellationToken cancellationToken)
    {
        var (flow, failure) = await path.FindAsync(invite, cancellationToken);
        if (flow is null)
            return (null, UserAgentCore.Unreachable(failure));
        invite.Headers.Add(SipHeaderNames.Contact, core.ContactFor(flow, invite));
        // Not disposed: an early dialog may want to give up at any moment, and it holds nothing but memory.
        var abandon = new CancellationTokenSource();
        var early = new EarlyCalls(core, registry, order, invite, flow, abandon.Cancel);
        OutgoingCall? call = null;
        var up = false;
        // On the thread that receives: what the other side sends right behind its answer belongs to the call already.
        var attempt = new InviteAttempt(early.OnProvisional,
            answer => up = (call = early.Answered(answer)).Confirm(answer, place), new ForkedAnswers(this, order, invite, flow).OnAnswer);
        var client = (InviteClientTransaction)core.Transactions.Send(invite, flow, attempt);
        SipResponse final;
        // Giving up is a CANCEL, and the INVITE still gets its final response (RFC 3261 §9.1).
        using (abandon.Token.Register(() => client.Cancel(CancelHeaders(order))))
        using (cancellationToken.Register(abandon.Cancel))
            final = await attempt.Final;
        if (call is null)
        {
            early.End();
            cancellationToken.ThrowIfCancellationRequested();
            return (null, final);
        }
        await ConfirmAsync(order, call, up, final, attempt);
        if (!abandon.IsCancellationRequested)
            return (call, final);
        // The answer crossed our CANCEL: nobody wants the call any more.
        await call.HangUpAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        return (call, final);
    }

    private async Task ConfirmAsync(OutgoingCallRequest order, OutgoingCall call, bool up, SipResponse answer, InviteAttempt attempt)
    {
        var answered = false;
        string? late = null;
        var offer = call.OwesAnswer && order.LateOffer is not null ? SessionBody.Find(answer) : null;
        try
        {
            order.OnAnswered?.Invoke(call);
            if (offer is not null)
                late = await order.LateOffer!(offer, call.Ended);
            answered = offer is null || late is not null;
        }
        finally
        {
            // RFC 3261 §13.2.2.4: a 2xx gets its ACK whatever we make of its offer, and then a BYE if we make nothing of it.
            call.SettleLateOffer(offer, late);
            var (ack, ackFlow) = await PrepareAckAsync(call.Dialog, call.Request, call.Flow, late);
            attempt.Acknowledge(ack, ackFlow);
            if (!up)
                await call.EndAnsweredAsync();
            else if (!answered)
                await call.HangUpAsync(CancellationToken.None);
        }
    }

    internal async Task<(byte[] Ack, SipFlow Flow)> PrepareAckAsync(Dialog dialog, SipRequest invite, SipFlow flow, string? session)
    {
        var ack = dialog.CreateRequest(SipMethods.Ack, invite.CSeq!.Value.Number);
        // RFC 3261 §22.1: the ACK carries the credentials of its INVITE.
        ack.Headers.CopyFrom(invite.Headers, SipHeaderNames.Authorization);
        ack.Headers.CopyFrom(invite.Headers, SipHeaderNames.ProxyAuthorization);
        if (session is not null)
            ack.SetBody(SipBody.Sdp(session));
        var (ackFlow, _) = await core.FindFlowAsync(ack, flow, CancellationToken.None);
        return (core.Transactions.PrepareAck(ack, ackFlow ?? flow), ackFlow ?? flow);
    }

    internal Task SendByeAsync(Dialog dialog, SipFlow flow, SipCredentials? credentials) =>
        core.SendAsync(() => dialog.CreateRequest(SipMethods.Bye), flow, credentials, CancellationToken.None);

    private static SipHeader[] CancelHeaders(OutgoingCallRequest order) =>
        order.CancelReason is { } reason ? [new SipHeader(SipHeaderNames.Reason, reason.ToString())] : [];

    private SipRequest CreateInvite(OutgoingCallRequest order, string callId, string tag, uint sequence, uint minimum)
    {
        var invite = new SipRequest(SipMethods.Invite, order.Target);
        if ((order.OutboundProxy ?? core.Options.OutboundProxy) is { } proxy)
            invite.Headers.AddRoute(proxy);
        invite.Headers.Add(SipHeaderNames.MaxForwards, "70");
        invite.Headers.Add(SipHeaderNames.From, order.From.WithTag(tag).ToString());
        invite.Headers.Add(SipHeaderNames.To, (order.To ?? new NameAddress(order.Target)).ToString());
        invite.Headers.Add(SipHeaderNames.CallId, callId);
        invite.Headers.Add(SipHeaderNames.CSeq, new CSeqHeader(sequence, SipMethods.Invite).ToString());
        invite.Headers.Add(SipHeaderNames.Allow, Capabilities.Allow);
        invite.Headers.Add(SipHeaderNames.Supported, Capabilities.Supported);
        SessionInterval.AddTo(invite, core.Options.Session, minimum, null);
        foreach (var header in order.Headers)
            invite.Headers.Add(header.Name, header.Value);
        invite.SetBody(order.Offer);
        return invite;
    }
}
