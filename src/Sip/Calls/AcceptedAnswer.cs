using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Calls;

/// <summary>
/// A 2xx to INVITE, sent again until its ACK comes, over any transport, since another hop may lose it (RFC 3261 §13.3.1.4).
/// </summary>
internal sealed class AcceptedAnswer : IDisposable
{
    private readonly Lock _sync = new();
    private readonly InviteServerTransaction _invite;
    private readonly SipTimers _timers;
    private readonly TimeProvider _time;
    private readonly Action _onGiveUp;
    private readonly long _begin;
    private ITimer? _timer;
    private TimeSpan _wait;
    private bool _done;

    private AcceptedAnswer(InviteServerTransaction invite, UserAgentCore core, Action onGiveUp)
    {
        _invite = invite;
        _timers = core.Options.Timers;
        _time = core.Time;
        _onGiveUp = onGiveUp;
        _begin = _time.GetTimestamp();
        Sequence = invite.Request.CSeq!.Value.Number;
    }

    /// <summary>The CSeq number that the ACK has too.</summary>
    public uint Sequence { get; }

    /// <summary>Sends the answer; null when another final response went before it.</summary>
    public static AcceptedAnswer? Send(InviteServerTransaction invite, SipResponse response, UserAgentCore core, Action onGiveUp)
    {
        var answer = new AcceptedAnswer(invite, core, onGiveUp);
        if (!invite.Respond(response))
            return null;
        lock (answer._sync)
        {
            answer._wait = answer._timers.T1;
            answer._timer = answer._time.CreateTimer(static a => ((AcceptedAnswer)a!).Fire(), answer, answer._wait, Timeout.InfiniteTimeSpan);
        }
        return answer;
    }

    /// <summary>The ACK has come. True the first time.</summary>
    public bool Acknowledge()
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

    public void Dispose() => Acknowledge();

    private void Fire()
    {
        lock (_sync)
        {
            if (_done)
                return;
            if (_time.GetElapsedTime(_begin) < _timers.GiveUp)
            {
                _invite.RepeatAccepted();
                _wait = 2 * _wait < _timers.T2 ? 2 * _wait : _timers.T2;
                var left = _timers.GiveUp - _time.GetElapsedTime(_begin);
                _timer!.Change(_wait < left ? _wait : left, Timeout.InfiniteTimeSpan);
                return;
            }
            _done = true;
            _timer?.Dispose();
        }
        _onGiveUp();
    }
}
