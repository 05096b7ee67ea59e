using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Dialogs;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Calls;

/// <summary>The server side of a call (RFC 3261 §13.3).</summary>
internal sealed partial class IncomingCall : Call, IIncomingCall
{
    private readonly TaskCompletionSource<string?> _acknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _mayBye = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly InviteServerTransaction _invite;
    private readonly ReliableProvisionals _provisionals;
    private readonly Call? _replaces;
    private AcceptedAnswer? _answer;
    private string? _lateAnswer;

    // Offer and answer of the INVITE went by a reliable response and its PRACK: what is offered after that is another exchange.
    private volatile bool _exchanged;

    public IncomingCall(
        UserAgentCore core, CallRegistry registry, (SourceCounter Call, SourceCounter? Dialog) places, InviteServerTransaction invite, CallParties parties, Call? replaces)
        : base(core, registry, invite.Request, Dialog.OfServer(invite.Request, invite.LocalTag, invite.Flow), parties,
            SessionBody.Find(invite.Request) is null ? Offerer.Us : Offerer.Them)
    {
        _invite = invite;
        _replaces = replaces;
        _provisionals = new ReliableProvisionals(core, invite, OnNoPrack);
        Offer = SessionBody.Find(invite.Request);
        RemoteSession = Offer;
        (Place, DialogPlace) = places;
        LearnFrom(invite.Request);
        Log.Came(core.Logger, Id, CallId, parties.From.Uri, parties.Dialled, RemoteEndPoint);
        // Counted before it can be found, since whoever finds it may end it.
        registry.Add(this);
        core.Dialogs.Add(Dialog.Key, this);
        // A CANCEL that came before the call could be found has ended its INVITE only.
        if (!invite.IsProceeding)
            End(CallEndReason.Cancelled, null);
    }

    public string? Offer { get; }

    public ICall? Replaces => _replaces;

    public Task<string?> Acknowledged => _acknowledged.Task;

    public override bool IsUp => _answer is not null && !IsOver;

    public override bool IsConfirmed => IsUp && _mayBye.Task.IsCompleted;

    public Task RingAsync(int status = 180, string? session = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(status, 101);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(status, 199);
        cancellationToken.ThrowIfCancellationRequested();
        if (_exchanged)
            session = null;
        if (!_provisionals.IsDemanded && !(_provisionals.IsKnown && session is not null))
            _invite.Respond(CreateResponse(status, session));
        // RFC 3262 §5: when the caller did not offer, the first reliable response has to; without an offer none may be sent.
        else if (Offer is not null || session is not null || _exchanged)
            return _provisionals.SendAsync(CreateResponse(status, session), cancellationToken);
        return Task.CompletedTask;
    }

    public async Task<bool> AnswerAsync(string session, CancellationToken cancellationToken = default)
    {
        await _provisionals.SessionsAcknowledged().WaitAsync(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (!TryAnswer(session))
        {
            EndUnanswered(CallEndReason.Failed);
            return false;
        }
        _provisionals.Stop();
        if (_replaces is not null)
            _ = _replaces.HangUpAsync(CallEndReason.Replaced, CancellationToken.None);
        return true;
    }

    public Task RejectAsync(
        int status, string? reason = null, IReadOnlyList<SipHeader>? headers = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(status, 300);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(status, 699);
        cancellationToken.ThrowIfCancellationRequested();
        var response = Request.CreateResponse(status, reason, _invite.LocalTag);
        foreach (var header in headers ?? [])
            response.Headers.Add(header.Name, header.Value);
        EndUnanswered(_invite.Respond(response) ? CallEndReason.Rejected : CallEndReason.Failed);
        return Task.CompletedTask;
    }

    /// <summary>
    /// RFC 3261 §15: no BYE before the ACK of our answer has come or can come no more.
    /// </summary>
    internal override async Task HangUpAsync(CallEndReason reason, CancellationToken cancellationToken)
    {
        if (!IsUp)
        {
            await RejectAsync(480, cancellationToken: cancellationToken);
            return;
        }
        if (TryEnd(reason, null))
            await ByeAsync().WaitAsync(cancellationToken);
    }

    public override void OnAck(SipRequest ack)
    {
        if (Session.OnAck(ack))
            return;
        // The ACK may be here before whoever sends the answer has noted that it was sent.
        AcceptedAnswer? answer;
        lock (Sync)
            answer = _answer;
        if (answer is null || answer.Sequence != ack.CSeq!.Value.Number || !answer.Acknowledge())
            return;
        var session = _lateAnswer ?? SessionBody.Find(ack);
        if (Offer is null && !_exchanged)
            Session.TakeLateAnswer(session);
        _mayBye.TrySetResult();
        _acknowledged.TrySetResult(session);
    }

    /// <summary>RFC 3261 §9.2: the caller gives up.</summary>
    public void OnCancel(SipRequest cancel, InviteServerTransaction invite)
    {
        if (invite.Respond(487) && ReferenceEquals(invite, _invite))
            End(CallEndReason.Cancelled, cancel);
    }

    /// <summary>The application is done with the call: what is left of it ends.</summary>
    public Task FinishAsync(bool failed)
    {
        if (IsOver)
            return Task.CompletedTask;
        return IsUp ? HangUpAsync() : RejectAsync(failed ? 500 : 480);
    }

    // A caller may end an early dialog with BYE; then the INVITE ends like one that was cancelled (RFC 3261 §15.1.2).
    protected override void OnBye(ServerTransaction bye)
    {
        bye.Respond(200);
        End(_invite.Respond(487) ? CallEndReason.Cancelled : CallEndReason.RemoteHangUp, bye.Request);
    }

    // RFC 3262 §3, §5: what it acknowledges may have been our answer, or our offer, whose answer it brings then.
    protected override void OnPrack(ServerTransaction prack)
    {
        var request = prack.Request;
        if (!RAckHeader.TryParse(request.Headers[SipHeaderNames.RAck], out var acknowledged))
        {
            prack.Respond(400, "Bad RAck");
            return;
        }
        if (_provisionals.Take(acknowledged) is not { } response)
        {
            prack.Respond(481);
            return;
        }
        var session = SessionBody.Find(request);
        var answers = response.HasSession && Offer is null && !_exchanged;
        if (response.HasSession && !_exchanged && (session is not null || !answers))
        {
            _exchanged = true;
            if (answers)
                Session.TakeLateAnswer(_lateAnswer = session);
            else
                Session.Settle();
        }
        if (session is not null && !answers)
            _ = AnswerPrackAsync(prack, response);
        else
        {
            prack.Respond(200);
            response.Complete();
        }
    }

    // The 2xx to INVITE, which would be taken for the answer, waits for that of the PRACK (RFC 6337 §2.2).
    private async Task AnswerPrackAsync(ServerTransaction prack, ReliableResponse response)
    {
        await Session.OnPrackOfferAsync(prack);
        response.Complete();
    }

    private bool TryAnswer(string session)
    {
        lock (Sync)
        {
            if (IsOver || _answer is not null)
                return false;
            // RFC 3261 §13.2.1: after the answer in a reliable response there is none in the 2xx.
            var response = CreateResponse(200, _exchanged ? null : session);
            var interval = SessionInterval.Answer(Request, response, Core.Options.Session, null);
            // Before the answer is on its way, since the next offer may come at once.
            if (Offer is not null && !_exchanged)
                Session.Settle();
            _answer = AcceptedAnswer.Send(_invite, response, Core, OnNoAck);
            if (_answer is not null)
                Timer.Agree(interval);
            return _answer is not null;
        }
    }

    private SipResponse CreateResponse(int status, string? session)
    {
        var response = Request.CreateResponse(status, null, _invite.LocalTag);
        // RFC 3261 §12.1.1: the way back is the way here.
        response.Headers.CopyFrom(Request.Headers, SipHeaderNames.RecordRoute);
        AddContactAndCapabilities(response);
        if (session is not null)
        {
            response.SetBody(SipBody.Sdp(session));
            LocalSession = session;
        }
        return response;
    }

    private async Task ByeAsync()
    {
        await _mayBye.Task;
        await SendByeAsync();
        _acknowledged.TrySetCanceled();
    }

    private void OnNoPrack()
    {
        Log.NoPrack(Core.Logger, Id);
        _invite.Respond(504);
        EndUnanswered(CallEndReason.NoAck);
    }

    private void OnNoAck()
    {
        _mayBye.TrySetResult();
        if (!TryEnd(CallEndReason.NoAck, null))
            return;
        _acknowledged.TrySetCanceled();
        _ = SendByeAsync();
    }

    // Also when nothing could be sent any more: an INVITE whose connection is gone must not leave its call behind.
    private void EndUnanswered(CallEndReason reason)
    {
        bool answered;
        lock (Sync)
            answered = _answer is not null;
        if (!answered)
            End(reason, null);
    }

    private void End(CallEndReason reason, SipRequest? request)
    {
        TryEnd(reason, request);
        _provisionals.Stop();
        _answer?.Acknowledge();
        _mayBye.TrySetResult();
        _acknowledged.TrySetCanceled();
        Forget();
    }

    private static partial class Log
    {
        [LoggerMessage(4220, LogLevel.Information, "call {Call} ({CallId}) from {From} to {To}, by {Peer}")]
        public static partial void Came(ILogger logger, string call, string callId, SipUri from, SipUri to, System.Net.IPEndPoint peer);

        [LoggerMessage(4221, LogLevel.Warning, "call {Call}: a reliable response was never acknowledged: refused with 504")]
        public static partial void NoPrack(ILogger logger, string call);
    }
}
