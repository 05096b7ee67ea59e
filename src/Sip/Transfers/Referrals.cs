using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Dialogs;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Transfers;

/// <summary>Takes the transfers that others ask for (REFER, RFC 3515), within a call or outside.</summary>
internal sealed partial class Referrals(UserAgentCore core, ISipApplication application, CancellationToken stopping)
{
    /// <summary>Transfers under way at once: each is a call of ours that somebody else has asked for.</summary>
    private const int MaxReferrals = 1000;

    private readonly ConcurrentDictionary<Referral, Call?> _referrals = new();

    public int Count => _referrals.Count;

    public void OnRefer(ServerTransaction transaction, Call? call)
    {
        var request = transaction.Request;
        string[] targets = [.. request.Headers.Values(SipHeaderNames.ReferTo)];
        // RFC 3515 §2.4.2: exactly one Refer-To.
        if (targets.Length != 1 || !NameAddress.TryParse(targets[0], out var target))
            transaction.Respond(400, "Bad Refer-To");
        else if (target.Uri.Parameters["method"] is { } method && method != SipMethods.Invite)
            transaction.Respond(501, "Only INVITE Is Referred To");
        else if (_referrals.Count >= MaxReferrals)
            transaction.Respond(Capabilities.Later(transaction, 503, core.Options.RetryAfterSeconds));
        else
            _ = DecideAsync(transaction, new ReferRequest(request, target, call, transaction.Flow.Remote), call);
    }

    /// <summary>A SUBSCRIBE within a call: the subscription of a transfer is kept longer or ended (RFC 3515 §2.4.4).</summary>
    public void OnSubscribe(ServerTransaction transaction, Call call)
    {
        var referral = _referrals.FirstOrDefault(r => ReferenceEquals(r.Value, call) && r.Key.IsNamed(transaction.Request)).Key;
        if (referral is null)
            transaction.Respond(489);
        else
            referral.Extend(transaction);
    }

    private async Task DecideAsync(ServerTransaction transaction, ReferRequest request, Call? call)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var answer = await application.OnReferAsync(request, stopping);
            if (answer.CarryOut is { } carryOut)
                await CarryOutAsync(transaction, call, carryOut);
            else
                transaction.Respond(answer.Status);
        }
        catch (Exception e)
        {
            // A fault of the application ends this request only.
            Log.Failed(core.Logger, e, transaction.Request.CallId!);
            transaction.Respond(500);
        }
    }

    private async Task CarryOutAsync(ServerTransaction transaction, Call? call, ReferredCall carryOut)
    {
        // Outside a call it is a dialog of its own, and without notifications at least a call of ours.
        SourceCounter? place = null;
        if (call is null && !core.Transports.Guard.TryBeginDialog(transaction.Flow, out place))
        {
            transaction.Respond(Capabilities.Later(transaction, 503, core.Options.RetryAfterSeconds));
            return;
        }
        try
        {
            await CarryOutCountedAsync(transaction, call, carryOut);
        }
        finally
        {
            core.Transports.Guard.EndDialog(place);
        }
    }

    private async Task CarryOutCountedAsync(ServerTransaction transaction, Call? call, ReferredCall carryOut)
    {
        var request = transaction.Request;
        var response = request.CreateResponse(202, null, transaction.LocalTag);
        response.Headers.CopyFrom(request.Headers, SipHeaderNames.RecordRoute);
        response.Headers.Add(SipHeaderNames.Contact, core.ContactFor(transaction.Flow, transaction.Request));
        // RFC 4488 §4: nobody is notified when that is not wanted.
        var silent = request.Headers[SipHeaderNames.ReferSub]?.Trim().StartsWith("false", StringComparison.OrdinalIgnoreCase) == true;
        if (silent)
            response.Headers.Add(SipHeaderNames.ReferSub, "false");
        var dialog = call?.Dialog ?? Dialog.OfServer(request, transaction.LocalTag, transaction.Flow);
        var referral = new Referral(core, dialog, call?.Credentials, request.CSeq!.Value.Number, silent);
        _referrals[referral] = call;
        if (call is null && !silent)
            core.Dialogs.Add(dialog.Key, referral);
        try
        {
            transaction.Respond(response);
            await referral.RunAsync(carryOut, stopping);
        }
        finally
        {
            core.Dialogs.Remove(dialog.Key, referral);
            _referrals.TryRemove(referral, out _);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4500, LogLevel.Error, "REFER {CallId}: the application failed")]
        public static partial void Failed(ILogger logger, Exception exception, string callId);
    }
}
