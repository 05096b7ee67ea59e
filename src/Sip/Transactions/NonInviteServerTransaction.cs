using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Transactions;

/// <summary>RFC 3261 §17.2.2.</summary>
internal sealed class NonInviteServerTransaction(TransactionLayer layer, SipRequest request, SipFlow flow, ServerKey key)
    : ServerTransaction(layer, request, flow, key)
{
    private bool _completed;

    public override void Again()
    {
        lock (Sync)
            SendLastAgain();
    }

    public override bool Respond(SipResponse response)
    {
        lock (Sync)
        {
            if (_completed || IsTerminated)
                return false;
            // RFC 4320 §4.1: a provisional response to anything but INVITE does more harm than good, so none is sent.
            if (response.IsProvisional)
                return false;
            _completed = true;
            Send(response);
            // Timer J: what is left of it meets retransmissions.
            if (!Flow.IsReliable)
                Layer.Retire(this, Last);
            Terminate();
            return true;
        }
    }

    protected override void OnAgain()
    {
    }

    protected override Action? OnEnd()
    {
        Terminate();
        return null;
    }
}
