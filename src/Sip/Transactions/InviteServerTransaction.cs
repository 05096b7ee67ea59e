using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Transactions;

/// <summary>RFC 3261 §17.2.1 with the Accepted state of RFC 6026 §7.1.</summary>
internal sealed class InviteServerTransaction : ServerTransaction
{
    private State _state = State.Proceeding;
    private TimeSpan _timerG;

    public InviteServerTransaction(TransactionLayer layer, SipRequest request, SipFlow flow, ServerKey key)
        : base(layer, request, flow, key)
    {
        layer.TryLater(this);
    }

    private enum State
    {
        Proceeding,
        Accepted,
        Completed,
        Confirmed,
    }

    /// <summary>Whether no final response was sent yet.</summary>
    public bool IsProceeding
    {
        get
        {
            lock (Sync)
                return _state == State.Proceeding && !IsTerminated;
        }
    }

    public override void Again()
    {
        lock (Sync)
        {
            // RFC 6026 §7.1: in Accepted the INVITE is absorbed; the user of the transaction sends its 2xx again by itself.
            if (_state == State.Proceeding && Last is null)
                Send(Request.CreateResponse(100));
            else if (_state is State.Proceeding or State.Completed)
                SendLastAgain();
        }
    }

    /// <summary>Nothing was sent for 200 ms: the 100 stops the caller from sending the INVITE again.</summary>
    public void TryingIsDue()
    {
        lock (Sync)
        {
            if (_state == State.Proceeding && Last is null && !IsTerminated)
                Send(Request.CreateResponse(100));
        }
    }

    public override bool Respond(SipResponse response)
    {
        lock (Sync)
        {
            if (IsTerminated || !(_state == State.Proceeding || (_state == State.Accepted && response.IsSuccess)))
                return false;
            if (_state == State.Proceeding)
                Enter(response);
            Send(response);
            return true;
        }
    }

    /// <summary>Sends the 2xx again, for which its user keeps the time (RFC 3261 §13.3.1.4).</summary>
    public void RepeatAccepted()
    {
        lock (Sync)
        {
            if (_state == State.Accepted && !IsTerminated)
                SendLastAgain();
        }
    }

    /// <summary>An ACK that belongs to this transaction; true when it confirms a 2xx and so is the user's.</summary>
    public bool Acknowledge()
    {
        lock (Sync)
        {
            if (_state == State.Completed)
            {
                _state = State.Confirmed;
                SendAgainIn(null);
                if (Flow.IsReliable)
                    Terminate();
                else
                    EndIn(Timers.T4); // Timer I
            }
            return _state == State.Accepted;
        }
    }

    protected override void OnAgain()
    {
        if (_state == State.Proceeding)
        {
            SendLastAgain();
            SendAgainIn(SipTimers.StillRinging);
        }
        else if (_state == State.Completed)
        {
            SendLastAgain();
            _timerG = Min(2 * _timerG, Timers.T2);
            SendAgainIn(_timerG);
        }
    }

    // Timers H and I end in the same way: the caller is gone, or has all that it needs.
    protected override Action? OnEnd()
    {
        Terminate();
        return null;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private void Enter(SipResponse response)
    {
        if (response.IsProvisional)
        {
            SendAgainIn(response.Status == 100 ? null : SipTimers.StillRinging);
            return;
        }
        if (response.IsSuccess)
        {
            // Timer L: what is left of it absorbs retransmissions, while its user sends the 2xx again.
            _state = State.Accepted;
            SendAgainIn(null);
            Layer.Retire(this, null);
            return;
        }
        _state = State.Completed;
        _timerG = Timers.T1;
        SendAgainIn(Flow.IsReliable ? null : _timerG);
        EndIn(Timers.GiveUp); // Timer H
    }
}
