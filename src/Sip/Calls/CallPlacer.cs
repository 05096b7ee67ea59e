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
        var attempt = new InviteAttempt(early.OnProvisional, response => _ = DismissAsync(order, invite, response, flow));
        var client = (InviteClientTransaction)core.Transactions.Send(invite, flow, attempt);
        SipResponse final;
        // Giving up is a CANCEL, and the INVITE still gets its final response (RFC 3261 §9.1).
        using (abandon.Token.Register(() => client.Cancel(CancelHeaders(order))))
        using (cancellationToken.Register(abandon.Cancel))
            final = await attempt.Final;
        if (!final.IsSuccess)
        {
            early.End();
            cancellationToken.ThrowIfCancellationRequested();
            return (null, final);
        }
        var call = early.Answered(final);
        await ConfirmAsync(order, call, final, attempt, place);
        if (!abandon.IsCancellationRequested)
            return (call, final);
        // The answer crossed our CANCEL: nobody wants the call any more.
        await call.HangUpAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        return (call, final);
    }

    private async Task ConfirmAsync(OutgoingCallRequest order, OutgoingCall call, SipResponse answer, InviteAttempt attempt, CallPlace place)
    {
        var up = call.Confirm(answer, place);
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
            await AcknowledgeAsync(call.Dialog, call.Request, call.Flow, attempt, late);
            call.SettleLateOffer(offer, late);
            if (!up || !answered)
                await call.HangUpAsync(CancellationToken.None);
        }
    }

    private async Task AcknowledgeAsync(Dialog dialog, SipRequest invite, SipFlow flow, InviteAttempt attempt, string? session)
    {
        var ack = dialog.CreateRequest(SipMethods.Ack, invite.CSeq!.Value.Number);
        // RFC 3261 §22.1: the ACK carries the credentials of its INVITE.
        ack.Headers.CopyFrom(invite.Headers, SipHeaderNames.Authorization);
        ack.Headers.CopyFrom(invite.Headers, SipHeaderNames.ProxyAuthorization);
        if (session is not null)
            ack.SetBody(SipBody.Sdp(session));
        var (ackFlow, _) = await core.FindFlowAsync(ack, flow, CancellationToken.None);
        attempt.Acknowledge(core.Transactions.PrepareAck(ack, ackFlow ?? flow), ackFlow ?? flow);
    }

    /// <summary>Another branch of a fork has answered too: it is acknowledged and told that it is not needed.</summary>
    private async Task DismissAsync(OutgoingCallRequest order, SipRequest invite, SipResponse answer, SipFlow flow)
    {
        var dialog = Dialog.OfClient(invite, answer, flow);
        await AcknowledgeAsync(dialog, invite, flow, new InviteAttempt(null, null), null);
        await core.SendAsync(() => dialog.CreateRequest(SipMethods.Bye), flow, order.Credentials, CancellationToken.None);
    }

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
