namespace UnifiedMsg.Sip.Transports;

/// <summary>
/// Ends a connection that is silent for too long or leaves a message unfinished, and pings over one that we opened (RFC 5626 §4.4.1).
/// </summary>
/// <remarks>
/// That a peer answers pings has to be agreed on before it may be held to it (RFC 5626 §4.4.1, RFC 6223), and many that never heard of it
/// drop them. So a ping without an answer ends the connection only when the peer has answered one before.
/// </remarks>
internal sealed class ConnectionWatchdog : IDisposable
{
    private const long Never = long.MaxValue;

    private readonly SipOptions _options;
    private readonly TimeProvider _time;
    private readonly Action _ping;
    private readonly Action<string> _cut;
    private readonly bool _pings;
    private readonly Lock _sync = new();
    private ITimer? _timer;
    private long _armedFor = Never;
    private long _idleEnd;
    private long _messageEnd;
    private long _nextPing = Never;
    private long _pongEnd = Never;
    private long _pongUntil;
    private bool _answers;
    private bool _over;

    /// <summary>Begins with <see cref="Start"/>.</summary>
    /// <param name="options">The time-outs.</param>
    /// <param name="isOurs">Whether we opened the connection; else the peer owes us its first message.</param>
    /// <param name="hasOwnPings">Whether the transport pings by itself.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ping">Sends a ping.</param>
    /// <param name="cut">Ends the connection, for a reason.</param>
    public ConnectionWatchdog(SipOptions options, bool isOurs, bool hasOwnPings, TimeProvider time, Action ping, Action<string> cut)
    {
        (_options, _time, _ping, _cut) = (options, time, ping, cut);
        _pings = isOurs && !hasOwnPings && options.KeepAlive.Interval > TimeSpan.Zero;
        _idleEnd = _time.After(options.IdleTimeout);
        _messageEnd = isOurs ? Never : _time.After(options.MessageTimeout);
    }

    /// <summary>Whether a line break can be the answer to a ping.</summary>
    public bool ExpectsPong
    {
        get
        {
            lock (_sync)
                return _time.GetTimestamp() < _pongUntil;
        }
    }

    public void Start()
    {
        lock (_sync)
        {
            if (_pings)
                PlanPing();
            _timer = _time.CreateTimer(static w => ((ConnectionWatchdog)w!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Arm();
        }
    }

    /// <summary>Something came.</summary>
    /// <param name="unfinished">Whether it ends in the middle of a message.</param>
    /// <param name="finished">Whether a message or a ping was completed: what is unfinished now has begun since.</param>
    public void Heard(bool unfinished, bool finished)
    {
        lock (_sync)
        {
            _idleEnd = _time.After(_options.IdleTimeout);
            _pongEnd = Never; // whatever it says, it lives
            if (!unfinished)
                _messageEnd = Never;
            else if (finished || _messageEnd == Never)
                _messageEnd = _time.After(_options.MessageTimeout);
            Arm();
        }
    }

    /// <summary>A ping was answered: from now on each has to be.</summary>
    public void HeardPong()
    {
        lock (_sync)
        {
            _answers = true;
            _pongUntil = 0;
        }
    }

    public void Dispose()
    {
        lock (_sync)
        {
            _over = true;
            _timer?.Dispose();
        }
    }

    private void Fire()
    {
        string? reason;
        var ping = false;
        lock (_sync)
        {
            if (_over)
                return;
            _armedFor = Never;
            var now = _time.GetTimestamp();
            reason = Complaint(now);
            if (reason is not null)
                _over = true;
            else if (now >= _nextPing)
            {
                ping = true;
                _pongUntil = _time.After(_options.KeepAlive.PongTimeout);
                _pongEnd = _answers ? _pongUntil : Never;
                PlanPing();
            }
            Arm();
        }
        if (reason is not null)
            _cut(reason);
        else if (ping)
            _ping();
    }

    private string? Complaint(long now)
    {
        if (now >= _messageEnd)
            return $"no whole message within {_options.MessageTimeout.TotalSeconds} s";
        if (now >= _pongEnd)
            return $"no answer to a ping within {_options.KeepAlive.PongTimeout.TotalSeconds} s";
        return now >= _idleEnd ? $"nothing heard for {_options.IdleTimeout.TotalSeconds} s" : null;
    }

    // The timer is set anew only for something earlier: what is put off is found when it fires.
    private void Arm()
    {
        if (_over || _timer is null)
            return;
        var next = Math.Min(Math.Min(_idleEnd, _messageEnd), Math.Min(_nextPing, _pongEnd));
        if (next >= _armedFor)
            return;
        _armedFor = next;
        _timer.Change(_time.TimerUntil(next), Timeout.InfiniteTimeSpan);
    }

    // RFC 5626 §4.4.1: from 80 % of the interval to all of it, so that peers that were started together do not ping together.
    private void PlanPing() => _nextPing = _time.After(_options.KeepAlive.Interval * (0.8 + 0.2 * Random.Shared.NextDouble()));
}
