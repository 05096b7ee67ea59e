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
            var now = time.GetTimestamp();
            _end = After(now, timers.GiveUp);
            _wait = timers.T1;
            _next = After(now, _wait);
            _timer = time.CreateTimer(static r => ((Repetition)r!).Fire(), this, Left(now), Timeout.InfiniteTimeSpan);
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
                    Repeat(now);
                _timer!.Change(Left(now), Timeout.InfiniteTimeSpan);
                return;
            }
            _done = true;
            _timer!.Dispose();
        }
        giveUp();
    }

    private void Repeat(long now)
    {
        again();
        _wait = 2 * _wait;
        if (_wait > longest)
            _wait = longest.Value;
        _next = Math.Min(After(now, _wait), _end);
    }

    private long After(long now, TimeSpan wait) => now + (long)(wait.TotalSeconds * time.TimestampFrequency);

    // Whole milliseconds, rounded up, as timers count them.
    private TimeSpan Left(long now) => TimeSpan.FromMilliseconds(Math.Ceiling(time.GetElapsedTime(now, _next).TotalMilliseconds));
}
