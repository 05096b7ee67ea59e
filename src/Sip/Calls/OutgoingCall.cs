using UnifiedMsg.Sip.Dialogs;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Calls;

/// <summary>The client side of a call, from its answer on (RFC 3261 §13.2.2.4).</summary>
internal sealed class OutgoingCall : Call, IOutgoingCall
{
    public OutgoingCall(
        UserAgentCore core, CallRegistry registry, SipRequest request, SipResponse answer, Dialog dialog, SipCredentials? credentials)
        : base(core, registry, request, dialog, CallPartiesReader.Read(request, trusted: false))
    {
        Answer = answer;
        Credentials = credentials;
        RemoteSession = SessionBody.Find(answer);
        core.Dialogs.Add(dialog.Key, this);
        registry.Add(this);
    }

    public SipResponse Answer { get; }

    public override bool IsUp => !IsOver;

    public override Task HangUpAsync(CancellationToken cancellationToken = default) =>
        TryEnd(CallEndReason.LocalHangUp, null) ? SendByeAsync(cancellationToken) : Task.CompletedTask;

    public override void OnAck(SipRequest ack) => Session.OnAck(ack);

    protected override void OnBye(SipRequest bye)
    {
        TryEnd(CallEndReason.RemoteHangUp, bye);
        Forget();
    }
}
