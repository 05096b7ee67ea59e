using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Transactions;

/// <summary>
/// What the four state machines of RFC 3261 §17 share: a lock, one timer for "send again" and "give up", and an end. The user of a
/// transaction is never called with the lock held.
/// </summary>
internal abstract class Transaction(TransactionLayer layer, SipFlow flow) : ISendObserver
{
    private const long Never = long.MaxValue;

    private ITimer? _timer;
    private long _again = Never;
    private long _end = Never;

    public SipFlow Flow { get; } = flow;

    public bool IsTerminated { get; private set; }

    protected TransactionLayer Layer { get; } = layer;

    protected Lock Sync { get; } = new();

    protected SipTimers Timers => Layer.Timers;

    public abstract void SendFailed(string reason);

    /// <summary>The timer of retransmissions has fired. Called with the lock held.</summary>
    protected abstract void OnAgain();

    /// <summary>The timer of the end has fired. Called with the lock held; what is returned runs without it.</summary>
    protected abstract Action? OnEnd();

    /// <summary>Removes the transaction from the tables of the layer.</summary>
    protected abstract void Forget();

    protected void SendAgainIn(TimeSpan? wait)
    {
        _again = wait is { } time ? Layer.Time.After(time) : Never;
        Arm();
    }

    protected void EndIn(TimeSpan? wait)
    {
        _end = wait is { } time ? Layer.Time.After(time) : Never;
        Arm();
    }

    protected void Terminate()
    {
        if (IsTerminated)
            return;
        IsTerminated = true;
        _again = _end = Never;
        _timer?.Dispose();
        Forget();
    }

    private void Arm()
    {
        if (IsTerminated)
            return;
        var next = Math.Min(_again, _end);
        if (next == Never)
        {
            _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }
        var wait = Layer.Time.TimerUntil(next);
        if (_timer is null)
            _timer = Layer.Time.CreateTimer(static t => ((Transaction)t!).Fire(), this, wait, Timeout.InfiniteTimeSpan);
        else
            _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void Fire()
    {
        Action? then = null;
        lock (Sync)
        {
            if (IsTerminated)
                return;
            var now = Layer.Time.GetTimestamp();
            if (now >= _end)
            {
                _end = Never;
                then = OnEnd();
            }
            else if (now >= _again)
            {
                _again = Never;
                OnAgain();
            }
            Arm();
        }
        then?.Invoke();
    }
}
