using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Calls;

/// <summary>Offers within a call, in both directions: re-INVITE (RFC 3261 §14) and UPDATE (RFC 3311).</summary>
internal sealed partial class SessionChanges(Call call)
{
    private readonly Lock _sync = new();
    private bool _ours;
    private bool _theirs;
    private AcceptedAnswer? _unacknowledged;
    private bool _lateOffer;

    private UserAgentCore Core => call.Core;

    /// <summary>An offer of the other side. One at a time: glare is told with 491, haste with 500 (RFC 3261 §14.2, RFC 3311 §5.2).</summary>
    public void OnOffer(ServerTransaction transaction)
    {
        lock (_sync)
        {
            if (_ours)
            {
                transaction.Respond(491);
                return;
            }
            if (_theirs || _unacknowledged is not null || !call.IsUp)
            {
                transaction.Respond(Capabilities.With(transaction.Request.CreateResponse(500, null, transaction.LocalTag),
                    SipHeaderNames.RetryAfter, Random.Shared.Next(1, 10).ToString()));
                return;
            }
            _theirs = true;
        }
        call.Dialog.Refresh(transaction.Request);
        _ = AnswerAsync(transaction);
    }

    /// <summary>Takes an ACK; true when it was for a re-INVITE.</summary>
    public bool OnAck(SipRequest ack)
    {
        AcceptedAnswer? answer;
        bool late;
        lock (_sync)
        {
            answer = _unacknowledged;
            if (answer is null || answer.Sequence != ack.CSeq!.Value.Number)
                return false;
            late = _lateOffer;
            _unacknowledged = null;
        }
        if (answer.Acknowledge() && late && SessionBody.Find(ack) is { } session)
        {
            call.RemoteSession = session;
            call.AnswerHandler?.Invoke(session);
        }
        return true;
    }

    /// <summary>Offers another session.</summary>
    public async Task<SipResponse> OfferAsync(SipBody offer, CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            if (_ours || _theirs || !call.IsUp)
                return new SipResponse(491) { IsLocal = true };
            _ours = true;
        }
        try
        {
            return await SendOfferAsync(offer, cancellationToken);
        }
        finally
        {
            lock (_sync)
                _ours = false;
        }
    }

    private async Task AnswerAsync(ServerTransaction transaction)
    {
        try
        {
            var response = await MakeAnswerAsync(transaction);
            if (transaction is InviteServerTransaction invite && response.IsSuccess)
                Accept(invite, response);
            else
                transaction.Respond(response);
        }
        catch (OperationCanceledException)
        {
            transaction.Respond(487);
        }
        catch (Exception e)
        {
            // A fault of the application ends neither the call nor the process.
            Log.OfferFailed(Core.Logger, e, call.Id);
            transaction.Respond(500);
        }
        finally
        {
            lock (_sync)
                _theirs = false;
        }
    }

    private async ValueTask<SipResponse> MakeAnswerAsync(ServerTransaction transaction)
    {
        var request = transaction.Request;
        var offer = SessionBody.Find(request);
        string? answer = null;
        // RFC 3311 §5.1: an UPDATE without a body refreshes the target only.
        if (offer is not null || request.Method == SipMethods.Invite)
        {
            answer = call.OfferHandler is { } handler ? await handler(offer, call.Ended) : null;
            if (answer is null)
                return request.CreateResponse(488, null, transaction.LocalTag);
            if (offer is not null)
                call.RemoteSession = offer;
        }
        var response = request.CreateResponse(200, null, transaction.LocalTag);
        response.Headers.CopyFrom(request.Headers, SipHeaderNames.RecordRoute);
        response.Headers.Add(SipHeaderNames.Contact, Core.ContactFor(transaction.Flow));
        Capabilities.AddTo(response);
        if (answer is not null)
            response.SetBody(SipBody.Sdp(answer));
        return response;
    }

    private void Accept(InviteServerTransaction invite, SipResponse response)
    {
        lock (_sync)
        {
            _lateOffer = SessionBody.Find(invite.Request) is null;
            // RFC 3261 §14.2: without an ACK the session is broken, and the call with it.
            _unacknowledged = AcceptedAnswer.Send(invite, response, Core, () => _ = call.HangUpAsync());
        }
    }

    private async Task<SipResponse> SendOfferAsync(SipBody offer, CancellationToken cancellationToken)
    {
        var request = call.Dialog.CreateRequest(SipMethods.Invite);
        request.SetBody(offer);
        var (flow, failure) = await Core.FindFlowAsync(RequestRouter.NextHop(request), call.Dialog.Flow, cancellationToken);
        if (flow is null)
            return UserAgentCore.Unreachable(failure);
        request.Headers.Add(SipHeaderNames.Contact, Core.ContactFor(flow));
        request.Headers.Add(SipHeaderNames.Allow, Capabilities.Allow);
        var attempt = new InviteAttempt(null, null);
        var client = (InviteClientTransaction)Core.Transactions.Send(request, flow, attempt);
        using var cancelling = cancellationToken.Register(() => client.Cancel());
        var response = await attempt.Final;
        if (!response.IsSuccess)
        {
            call.EndIfLost(response);
            return response;
        }
        call.Dialog.Refresh(response);
        call.RemoteSession = SessionBody.Find(response) ?? call.RemoteSession;
        var ack = call.Dialog.CreateRequest(SipMethods.Ack, request.CSeq!.Value.Number);
        var (ackFlow, _) = await Core.FindFlowAsync(RequestRouter.NextHop(ack), flow, CancellationToken.None);
        if (ackFlow is not null)
            attempt.Acknowledge(Core.Transactions.PrepareAck(ack, ackFlow), ackFlow);
        return response;
    }

    private static partial class Log
    {
        [LoggerMessage(4210, LogLevel.Error, "call {Call}: an offer could not be answered")]
        public static partial void OfferFailed(ILogger logger, Exception exception, string call);
    }
}
