using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Calls;

/// <summary>
/// Offers and answers within a dialog (RFC 3264, RFC 6337): keeps that one offer at a time waits for its answer, and answers those of the
/// other side: re-INVITE (RFC 3261 §14.2), UPDATE (RFC 3311 §5.2), PRACK (RFC 3262 §5).
/// </summary>
internal sealed partial class SessionChanges(Call call, Offerer first)
{
    private readonly Lock _sync = new();
    private Offerer _pending = first;
    private AcceptedAnswer? _unacknowledged;
    private bool _lateOffer;

    private UserAgentCore Core => call.Core;

    /// <summary>Whether no offer waits for its answer.</summary>
    public bool IsSettled
    {
        get
        {
            lock (_sync)
                return _pending == Offerer.Nobody;
        }
    }

    /// <summary>The offer that waited has its answer, or never gets one.</summary>
    public void Settle()
    {
        lock (_sync)
            _pending = Offerer.Nobody;
    }

    /// <summary>Begins an offer of ours; false while another one waits, or a new INVITE waits for its ACK.</summary>
    public bool TryBegin()
    {
        lock (_sync)
        {
            if (_pending != Offerer.Nobody || _unacknowledged is not null)
                return false;
            _pending = Offerer.Us;
            return true;
        }
    }

    /// <summary>The answer to our late offer has come.</summary>
    public void TakeLateAnswer(string? session)
    {
        Settle();
        call.RemoteSession = session ?? call.RemoteSession;
    }

    /// <summary>A re-INVITE or an UPDATE of the other side.</summary>
    public void OnRequest(ServerTransaction transaction)
    {
        var request = transaction.Request;
        // RFC 3311 §5.1: an UPDATE without a body refreshes target and session only, whatever else is under way.
        var refreshes = request.Method == SipMethods.Update && SessionBody.Find(request) is null;
        if ((SessionInterval.Refusal(transaction, Core.Options.Session) ?? (refreshes ? null : Take(transaction))) is { } refusal)
        {
            transaction.Respond(refusal);
            return;
        }
        call.LearnFrom(request);
        if (refreshes)
            transaction.Respond(Accepted(transaction, null));
        else
            _ = AnswerAsync(transaction);
    }

    /// <summary>An offer in a PRACK (RFC 3262 §5), whose response is due in any case. Done when it was sent.</summary>
    public Task OnPrackOfferAsync(ServerTransaction transaction)
    {
        if (Take(transaction) is not { } refusal)
            return AnswerAsync(transaction);
        transaction.Respond(refusal);
        return Task.CompletedTask;
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
            if (late)
                _pending = Offerer.Nobody;
        }
        if (answer.Acknowledge() && late && SessionBody.Find(ack) is { } session)
        {
            call.RemoteSession = session;
            call.AnswerHandler?.Invoke(session);
        }
        return true;
    }

    // The offer of the other side is next, unless it is refused: glare is told with 491, haste with 500 (RFC 3261 §14.2, RFC 3311 §5.2).
    private SipResponse? Take(ServerTransaction transaction)
    {
        var invite = transaction.Request.Method == SipMethods.Invite;
        lock (_sync)
        {
            if (_pending == Offerer.Us || (invite && !call.IsUp && call is OutgoingCall))
                return transaction.Request.CreateResponse(491, null, transaction.LocalTag);
            if (_pending == Offerer.Them || (invite && (!call.IsUp || _unacknowledged is not null)))
                return Capabilities.Later(transaction, 500, Random.Shared.Next(0, 11));
            _pending = Offerer.Them;
            return null;
        }
    }

    // The exchange is over before its response goes out, since the next request may come at once.
    private async Task AnswerAsync(ServerTransaction transaction)
    {
        var response = await MakeAnswerAsync(transaction);
        if (transaction is InviteServerTransaction invite && response.IsSuccess)
        {
            Accept(invite, response);
            return;
        }
        Settle();
        transaction.Respond(response);
    }

    private async ValueTask<SipResponse> MakeAnswerAsync(ServerTransaction transaction)
    {
        var request = transaction.Request;
        var offer = SessionBody.Find(request);
        try
        {
            var answer = call.OfferHandler is { } handler ? await handler(offer, call.Ended) : null;
            if (answer is null)
                return request.CreateResponse(488, null, transaction.LocalTag);
            // A CANCEL may have ended the INVITE meanwhile: nothing has changed then.
            if (transaction is InviteServerTransaction { IsProceeding: false })
                return request.CreateResponse(487, null, transaction.LocalTag);
            call.RemoteSession = offer ?? call.RemoteSession;
            return Accepted(transaction, answer);
        }
        catch (OperationCanceledException)
        {
            return request.CreateResponse(487, null, transaction.LocalTag);
        }
        catch (Exception e)
        {
            // A fault of the application ends neither the call nor the process.
            Log.OfferFailed(Core.Logger, e, call.Id);
            return request.CreateResponse(500, null, transaction.LocalTag);
        }
    }

    private SipResponse Accepted(ServerTransaction transaction, string? answer)
    {
        var request = transaction.Request;
        var response = request.CreateResponse(200, null, transaction.LocalTag);
        response.Headers.CopyFrom(request.Headers, SipHeaderNames.RecordRoute);
        response.Headers.Add(SipHeaderNames.Contact, Core.ContactFor(transaction.Flow, transaction.Request));
        Capabilities.AddTo(response);
        // RFC 6141 §4: a request that is refused does not move the target; RFC 3262: a PRACK never does.
        if (request.Method != SipMethods.Prack)
            call.Dialog.Refresh(request);
        if (request.Method != SipMethods.Prack && call.IsUp)
            call.Timer.Agree(SessionInterval.Answer(request, response, Core.Options.Session, call.Timer.Interval));
        if (answer is not null)
        {
            response.SetBody(SipBody.Sdp(answer));
            call.LocalSession = answer;
        }
        return response;
    }

    // When the response offers, the answer is still to come.
    private void Accept(InviteServerTransaction invite, SipResponse response)
    {
        lock (_sync)
        {
            _lateOffer = SessionBody.Find(invite.Request) is null;
            // RFC 3261 §14.2: without an ACK the session is broken, and the call with it.
            _unacknowledged = AcceptedAnswer.Send(invite, response, Core, () => _ = call.HangUpAsync());
            _pending = _unacknowledged is not null && _lateOffer ? Offerer.Us : Offerer.Nobody;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4210, LogLevel.Error, "call {Call}: an offer could not be answered")]
        public static partial void OfferFailed(ILogger logger, Exception exception, string call);
    }
}
