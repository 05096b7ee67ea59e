namespace UnifiedMsg.Sip.Transactions;

/// <summary>
/// Does a thing again after T1, then at doubling times, until it is stopped or 64*T1 have passed: how the user of a transaction
/// sends its responses again (RFC 3261 §13.3.1.4, RFC 3262 §3).
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="timers">T1, and the end.</param>
/// <param name="longest">The longest wait between two times; null when it may double on.</param>
/// <param name="again">What is done again. Called with a lock held: it may send, and do nothing else.</param>
/// <param name="giveUp">Told when nobody has stopped it in time.</param>
internal sealed class Repetition(TimeProvider time, SipTimers timers, TimeSpan? longest, Action again, Action giveUp)
{
    private readonly Lock _sync = new();
    private ITimer? _timer;
    private TimeSpan _wait;
    private long _next;
    private long _end;
    private bool _done;

    public void Start()
    {
        lock (_sync)
        {
            _end = time.After(timers.GiveUp);
            _wait = timers.T1;
            _next = time.After(_wait);
            _timer = time.CreateTimer(static r => ((Repetition)r!).Fire(), this, time.TimerUntil(_next), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>True the first time, unless it has given up before.</summary>
    public bool Stop()
    {
        lock (_sync)
        {
            if (_done)
                return false;
            _done = true;
            _timer?.Dispose();
            return true;
        }
    }

    private void Fire()
    {
        lock (_sync)
        {
            if (_done)
                return;
            var now = time.GetTimestamp();
            if (now < _end)
            {
                // A timer may fire a little early; then it is only set again.
                if (now >= _next)
                    Repeat();
                _timer!.Change(time.TimerUntil(_next), Timeout.InfiniteTimeSpan);
                return;
            }
            _done = true;
            _timer!.Dispose();
        }
        giveUp();
    }

    private void Repeat()
    {
        again();
        _wait = 2 * _wait;
        if (_wait > longest)
            _wait = longest.Value;
        _next = Math.Min(time.After(_wait), _end);
    }
}
