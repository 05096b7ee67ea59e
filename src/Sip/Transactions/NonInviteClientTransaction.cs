using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Transactions;

/// <summary>RFC 3261 §17.1.2.</summary>
internal sealed class NonInviteClientTransaction(TransactionLayer layer, SipRequest request, SipFlow flow, IClientTransactionUser user)
    : ClientTransaction(layer, request, flow, user)
{
    private TimeSpan _timerE;
    private bool _proceeding;
    private bool _completed;

    public override void Start()
    {
        lock (Sync)
        {
            _timerE = Timers.T1;
            if (!Flow.IsReliable)
                SendAgainIn(_timerE);
            EndIn(Timers.GiveUp); // Timer F
        }
        Flow.Send(Octets, this);
    }

    public override void Receive(SipResponse response)
    {
        lock (Sync)
        {
            if (IsTerminated || _completed)
                return;
            if (response.IsProvisional)
                _proceeding = true;
            else
                Complete();
        }
        User.OnResponse(response);
    }

    public override void SendFailed(string reason)
    {
        lock (Sync)
        {
            if (IsTerminated || _completed)
                return;
            Terminate();
        }
        User.OnResponse(LocalResponse(503, reason));
    }

    protected override void OnAgain()
    {
        Flow.Send(Octets, this);
        _timerE = _proceeding ? Timers.T2 : Min(2 * _timerE, Timers.T2);
        SendAgainIn(_timerE);
    }

    protected override Action? OnEnd()
    {
        var unanswered = !_completed;
        Terminate();
        return unanswered ? () => User.OnResponse(LocalResponse(408, "No Answer From The Other Side")) : null;
    }

    private void Complete()
    {
        _completed = true;
        SendAgainIn(null);
        if (Flow.IsReliable)
            Terminate();
        else
            EndIn(Timers.T4); // Timer K
    }
}
