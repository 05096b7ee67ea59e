using UnifiedMsg.Sip.Dialogs;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Calls;

/// <summary>What an INVITE outside a dialog may not ask of us beyond what holds for every request, and which call it replaces.</summary>
internal static class InviteCheck
{
    /// <summary>The response that refuses the INVITE, or null when it can be served.</summary>
    public static SipResponse? Refusal(ServerTransaction transaction, UserAgentCore core, out Call? replaces)
    {
        var request = transaction.Request;
        replaces = null;
        // RFC 3262 §3, RFC 3261 §21.4.16.
        if (core.Options.Session.RequireReliableProvisionals && !Capabilities.Knows(request, ReliableProvisionals.Extension))
            return Capabilities.With(
                request.CreateResponse(421, null, transaction.LocalTag), SipHeaderNames.Require, ReliableProvisionals.Extension);
        if (SessionInterval.Refusal(transaction, core.Options.Session) is { } refusal)
            return refusal;
        var status = Replaced(request, core.Dialogs, out replaces);
        return status == 200 ? null : request.CreateResponse(status, null, transaction.LocalTag);
    }

    // RFC 3891 §3. Who names both tags, which nobody can guess, takes part in that call or was told them by somebody who does.
    private static int Replaced(SipRequest request, DialogTable dialogs, out Call? replaces)
    {
        replaces = null;
        var count = request.Headers.CountOf(SipHeaderNames.Replaces);
        if (count == 0)
            return 200;
        if (count > 1 || !ReplacesHeader.TryParse(request.Headers[SipHeaderNames.Replaces], out var named))
            return 400;
        replaces = dialogs.Find(new DialogKey(named.CallId, named.ToTag, named.FromTag)) as Call;
        return replaces switch
        {
            null => 481,
            { IsOver: true } => 603,
            { IsUp: true } => named.EarlyOnly ? 486 : 200,
            // An early dialog can be replaced only by whom it was called from here.
            _ => replaces is OutgoingCall ? 200 : 481,
        };
    }
}
