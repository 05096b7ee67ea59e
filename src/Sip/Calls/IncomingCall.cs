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
    private AcceptedAnswer? _answer;

    public IncomingCall(UserAgentCore core, CallRegistry registry, InviteServerTransaction invite, CallParties parties)
        : base(core, registry, invite.Request, Dialog.OfServer(invite.Request, invite.LocalTag, invite.Flow), parties)
    {
        _invite = invite;
        Offer = SessionBody.Find(invite.Request);
        RemoteSession = Offer;
        core.Dialogs.Add(Dialog.Key, this);
        Log.Came(core.Logger, Id, CallId, parties.From.Uri, parties.Dialled, RemoteEndPoint);
    }

    public string? Offer { get; }

    public Task<string?> Acknowledged => _acknowledged.Task;

    public override bool IsUp => _answer is not null && !IsOver;

    public Task RingAsync(int status = 180, string? session = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(status, 101);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(status, 199);
        cancellationToken.ThrowIfCancellationRequested();
        _invite.Respond(CreateResponse(status, session));
        return Task.CompletedTask;
    }

    public Task<bool> AnswerAsync(string session, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (Sync)
        {
            if (IsOver || _answer is not null)
                return Task.FromResult(false);
            _answer = AcceptedAnswer.Send(_invite, CreateResponse(200, session), Core, OnNoAck);
            return Task.FromResult(_answer is not null);
        }
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
        if (_invite.Respond(response))
            End(CallEndReason.Rejected, null);
        return Task.CompletedTask;
    }

    /// <summary>
    /// RFC 3261 §15: no BYE before the ACK of our answer has come or can come no more.
    /// </summary>
    public override async Task HangUpAsync(CancellationToken cancellationToken = default)
    {
        if (!IsUp)
        {
            await RejectAsync(480, cancellationToken: cancellationToken);
            return;
        }
        if (!TryEnd(CallEndReason.LocalHangUp, null))
            return;
        await _mayBye.Task.WaitAsync(cancellationToken);
        await SendByeAsync(cancellationToken);
        _acknowledged.TrySetCanceled(CancellationToken.None);
    }

    public override void OnAck(SipRequest ack)
    {
        if (Session.OnAck(ack) || _answer is not { } answer || answer.Sequence != ack.CSeq!.Value.Number || !answer.Acknowledge())
            return;
        var session = SessionBody.Find(ack);
        RemoteSession = session ?? RemoteSession;
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
    protected override void OnBye(SipRequest bye)
    {
        if (_invite.Respond(487))
            End(CallEndReason.Cancelled, bye);
        else
            End(CallEndReason.RemoteHangUp, bye);
        _answer?.Acknowledge();
        _mayBye.TrySetResult();
    }

    private SipResponse CreateResponse(int status, string? session)
    {
        var response = Request.CreateResponse(status, null, _invite.LocalTag);
        // RFC 3261 §12.1.1: the way back is the way here.
        response.Headers.CopyFrom(Request.Headers, SipHeaderNames.RecordRoute);
        AddContactAndCapabilities(response);
        if (session is not null)
            response.SetBody(SipBody.Sdp(session));
        return response;
    }

    private void OnNoAck()
    {
        _mayBye.TrySetResult();
        if (!TryEnd(CallEndReason.NoAck, null))
            return;
        _acknowledged.TrySetCanceled();
        _ = SendByeAsync(CancellationToken.None);
    }

    private void End(CallEndReason reason, SipRequest? request)
    {
        TryEnd(reason, request);
        _acknowledged.TrySetCanceled();
        Forget();
    }

    private static partial class Log
    {
        [LoggerMessage(4220, LogLevel.Information, "call {Call} ({CallId}) from {From} to {To}, by {Peer}")]
        public static partial void Came(ILogger logger, string call, string callId, SipUri from, SipUri to, System.Net.IPEndPoint peer);
    }
}
