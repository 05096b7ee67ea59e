using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Dialogs;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Guard;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registrar;
using UnifiedMsg.Sip.Subscriptions;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip;

/// <summary>Takes each new request to whom it belongs: a dialog, or the application (RFC 3261 §8.2, §12.2.2).</summary>
internal sealed partial class RequestDispatcher(ISipApplication application, ILogger logger) : IRequestUser
{
    private UserAgentCore _core = null!;
    private CallRegistry _calls = null!;
    private Notifier _notifier = null!;
    private DigestServer? _digest;
    private RegistrarService? _registrar;
    private RareNotice _tooManyCalls = null!;
    private CancellationToken _stopping;

    /// <summary>Called once, before anything is received.</summary>
    public void Attach(UserAgentCore core, CallRegistry calls, Notifier notifier, RegistrarService? registrar, CancellationToken stopping)
    {
        _core = core;
        _calls = calls;
        _notifier = notifier;
        _registrar = registrar;
        _digest = core.Options.Authentication is { } options ? new DigestServer(options, core.Options.TrustedPeers, core.Time) : null;
        _tooManyCalls = new RareNotice(core.Time);
        _stopping = stopping;
    }

    public void OnRequest(ServerTransaction transaction)
    {
        var request = transaction.Request;
        var dialog = _core.Dialogs.Find(DialogKey.Of(request));
        if (dialog is null && request.Method == SipMethods.Notify && request.To!.Tag is { } tag)
            dialog = _core.Dialogs.Find(DialogKey.Pending(request.CallId!, tag));
        if (dialog is not null)
            dialog.OnRequest(transaction);
        else if (request.To!.Tag is not null)
            transaction.Respond(481);
        else
            OnNewRequest(transaction);
    }

    public bool Knows(SipRequest request) => _core.Dialogs.Find(DialogKey.Of(request)) is not null;

    public void OnAck(SipRequest ack) => _core.Dialogs.Find(DialogKey.Of(ack))?.OnAck(ack);

    public void OnCancel(SipRequest cancel, InviteServerTransaction invite)
    {
        var key = DialogKey.Of(invite.Request);
        if (key.LocalTag.Length == 0)
            key = key with { LocalTag = invite.LocalTag };
        if (_core.Dialogs.Find(key) is IncomingCall call)
            call.OnCancel(cancel, invite);
        else
            invite.Respond(487);
    }

    private void OnNewRequest(ServerTransaction transaction)
    {
        if (_digest is { } digest && digest.IsNeededFor(transaction))
            _ = AuthenticateAsync(transaction, digest);
        else
            Serve(transaction);
    }

    private async Task AuthenticateAsync(ServerTransaction transaction, DigestServer digest)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var client = transaction.Flow.Remote.Address;
        try
        {
            var verdict = await digest.VerifyAsync(transaction.Request, client, _stopping);
            if (verdict.IsWrong)
                _core.Transports.Guard.Report(client, SipOffence.FailedLogin);
            if (verdict.User is null)
            {
                Log.Challenged(logger, transaction.Flow, transaction.Request.Method, transaction.Request.CallId!, verdict.IsStale);
                transaction.Respond(digest.Challenge(transaction.Request, client, transaction.LocalTag, verdict.IsStale));
                return;
            }
            transaction.Request.AuthenticatedUser = verdict.User;
            transaction.AuthenticationInfo = verdict.Info;
            // A CANCEL may have ended the INVITE meanwhile.
            if (transaction is not InviteServerTransaction { IsProceeding: false })
                Serve(transaction);
        }
        catch (Exception e)
        {
            // A fault of the credential store ends this request only.
            Log.RequestFailed(logger, e, transaction.Request.Method, transaction.Request.CallId!);
            transaction.Respond(500);
        }
    }

    private void Serve(ServerTransaction transaction)
    {
        switch (transaction.Request.Method)
        {
            case SipMethods.Invite or SipMethods.Options or SipMethods.Subscribe or SipMethods.Notify or SipMethods.Refer or SipMethods.Message
                when Capabilities.Refusal(transaction) is { } refusal:
                transaction.Respond(refusal);
                break;
            case SipMethods.Invite:
                OnInvite((InviteServerTransaction)transaction);
                break;
            case SipMethods.Options:
                transaction.Respond(Capabilities.ForOptions(transaction, application.EventPackages));
                break;
            case SipMethods.Register when !transaction.Request.To!.Uri.IsSip:
                // RFC 3261 §10.3 step 5: an address-of-record is a SIP URI.
                transaction.Respond(400, "Bad Request - To Is No Address-of-Record");
                break;
            case SipMethods.Subscribe:
                _notifier.OnSubscribe(transaction);
                break;
            case SipMethods.Refer:
                _core.Referrals.OnRefer(transaction, null);
                break;
            case SipMethods.Notify:
                _ = RespondAsync(transaction, NotifyAsync);
                break;
            case SipMethods.Register when _registrar is { } registrar:
                _ = RespondAsync(transaction, registrar.RegisterAsync);
                break;
            case SipMethods.Message when application.MessageTypes.Count > 0:
                _ = RespondAsync(transaction, MessageAsync);
                break;
            case SipMethods.Bye or SipMethods.Info or SipMethods.Update or SipMethods.Prack:
                transaction.Respond(481);
                break;
            default:
                _ = RespondAsync(transaction, AskAsync);
                break;
        }
    }

    private void OnInvite(InviteServerTransaction transaction)
    {
        if (InviteCheck.Refusal(transaction, _core, out var replaces) is { } refusal)
        {
            transaction.Respond(refusal);
            return;
        }
        if (!_core.Transports.Guard.TryBeginDialog(transaction.Flow, out var dialog))
        {
            transaction.Respond(Capabilities.Later(transaction, 503, _core.Options.RetryAfterSeconds));
            return;
        }
        if (!_calls.TryReserve(transaction.Flow.Remote.Address, out var place))
        {
            _core.Transports.Guard.EndDialog(dialog);
            _core.Transports.Metrics.Refused("calls");
            if (_tooManyCalls.IsDue(out var count))
                Log.TooManyCalls(logger, transaction.Flow, count);
            transaction.Respond(Capabilities.Later(transaction, 503, _core.Options.RetryAfterSeconds));
            return;
        }
        var trusted = CallPartiesReader.IsTrusted(transaction.Flow.Remote.Address, _core.Options.TrustedPeers);
        var parties = CallPartiesReader.Read(transaction.Request, trusted);
        parties = parties with { Verification = _core.Identities.Begin(transaction.Request, parties, trusted) };
        var call = new IncomingCall(_core, _calls, (place, dialog), transaction, parties, replaces);
        ThreadPool.UnsafeQueueUserWorkItem(static a => _ = a.Item1.ServeAsync(a.call), (this, call), preferLocal: false);
    }

    private async Task ServeAsync(IncomingCall call)
    {
        var failed = false;
        try
        {
            if (_core.Options.Identity is not { Require: true } || await IsVerifiedAsync(call))
                await application.OnCallAsync(call, _stopping);
        }
        catch (OperationCanceledException)
        {
            // The call ended, or the endpoint stops: what is left of the call ends below.
        }
        catch (Exception e)
        {
            // A fault of the application ends this call only.
            failed = true;
            Log.CallFailed(logger, e, call.Id);
        }
        await call.FinishAsync(failed);
    }

    // RFC 8224 §6.2.2: where signed calls are demanded, the others are refused.
    private async Task<bool> IsVerifiedAsync(IncomingCall call)
    {
        var verification = await call.Parties.Verification;
        if (verification.Refusal is not { } status)
            return true;
        await call.RejectAsync(status, verification.RefusalPhrase, cancellationToken: _stopping);
        return false;
    }

    private async Task RespondAsync(ServerTransaction transaction, Func<ServerTransaction, ValueTask<SipResponse>> make)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            transaction.Respond(await make(transaction));
        }
        catch (Exception e)
        {
            // A fault of the application ends this request only.
            Log.RequestFailed(logger, e, transaction.Request.Method, transaction.Request.CallId!);
            transaction.Respond(500);
        }
    }

    private async ValueTask<SipResponse> NotifyAsync(ServerTransaction transaction)
    {
        var status = await application.OnUnsolicitedNotifyAsync(transaction.Request, _stopping);
        return transaction.Request.CreateResponse(status, null, transaction.LocalTag);
    }

    // RFC 3428 §7: the response has neither body nor Contact.
    private async ValueTask<SipResponse> MessageAsync(ServerTransaction transaction)
    {
        var request = transaction.Request;
        if (!request.Body.IsEmpty && !application.MessageTypes.Contains(request.ContentType, StringComparer.OrdinalIgnoreCase))
            return Capabilities.With(request.CreateResponse(415, null, transaction.LocalTag), SipHeaderNames.Accept, string.Join(", ", application.MessageTypes));
        var status = await application.OnMessageAsync(request, _stopping);
        return request.CreateResponse(status, null, transaction.LocalTag);
    }

    private async ValueTask<SipResponse> AskAsync(ServerTransaction transaction)
    {
        var response = await application.OnRequestAsync(transaction.Request, _stopping);
        if (response is null)
            return Capabilities.MethodRefusal(transaction);
        if (response.To is { Tag: null })
            response.Headers[SipHeaderNames.To] = SipRequest.Tagged(response.Headers[SipHeaderNames.To]!, transaction.LocalTag);
        return response;
    }

    private static partial class Log
    {
        [LoggerMessage(4300, LogLevel.Warning, "{Flow}: call refused with 503: too many calls, or stopping ({Count} since it was last told)")]
        public static partial void TooManyCalls(ILogger logger, Transports.SipFlow flow, long count);

        [LoggerMessage(4303, LogLevel.Debug, "{Flow}: {Method} {CallId}: asked for a password (stale: {Stale})")]
        public static partial void Challenged(ILogger logger, Transports.SipFlow flow, string method, string callId, bool stale);

        [LoggerMessage(4301, LogLevel.Error, "call {Call}: the application failed")]
        public static partial void CallFailed(ILogger logger, Exception exception, string call);

        [LoggerMessage(4302, LogLevel.Error, "{Method} {CallId}: the application failed")]
        public static partial void RequestFailed(ILogger logger, Exception exception, string method, string callId);
    }
}
