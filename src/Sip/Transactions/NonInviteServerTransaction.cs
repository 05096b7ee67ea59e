using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Transactions;

/// <summary>RFC 3261 §17.2.2.</summary>
internal sealed class NonInviteServerTransaction(TransactionLayer layer, SipRequest request, SipFlow flow, ServerKey key)
    : ServerTransaction(layer, request, flow, key)
{
    private bool _completed;

    /// <summary>RFC 4320 §4.1: a 100 stops the sender from giving up, when the answer is not there by then.</summary>
    public void MayTakeLong()
    {
        lock (Sync)
        {
            if (!_completed)
                SendAgainIn(Timers.UntilT2);
        }
    }

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
            // RFC 4320 §4.1: other provisional responses to anything but INVITE do more harm than good, so none is sent.
            if (response.IsProvisional)
                return false;
            _completed = true;
            SendAgainIn(null);
            Send(response);
            // Timer J: what is left of it meets retransmissions.
            if (!Flow.IsReliable)
                Layer.Retire(this, Last);
            Terminate();
            return true;
        }
    }

    protected override void OnAgain() => Send(Request.CreateResponse(100));

    protected override Action? OnEnd()
    {
        Terminate();
        return null;
    }
}
