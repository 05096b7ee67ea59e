using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Sip.Calls;

/// <summary>RFC 4028: refreshes the session of a call in time when that is ours to do, and ends the call when no refresh comes.</summary>
internal sealed partial class SessionTimer(Call call, UserAgentCore core)
{
    /// <summary>A refresh that was refused is tried again after half of what is left, unless less than this is left.</summary>
    private static readonly TimeSpan LeastLeft = TimeSpan.FromSeconds(10);

    private readonly Lock _sync = new();
    private ITimer? _timer;
    private long _refreshAt = long.MaxValue;
    private long _endAt = long.MaxValue;
    private bool _stopped;

    /// <summary>What was agreed on; null when the session has no end.</summary>
    public SessionInterval? Interval { get; private set; }

    /// <summary>The session was set up or refreshed: its time begins anew.</summary>
    public void Agree(SessionInterval? interval)
    {
        lock (_sync)
        {
            if (_stopped)
                return;
            Interval = interval;
            _refreshAt = interval is { WeRefresh: true } ours ? After(ours.Seconds / 2.0) : long.MaxValue;
            _endAt = interval is { } any ? After(any.Seconds - SessionInterval.EndsBefore(any.Seconds)) : long.MaxValue;
            Arm();
        }
    }

    /// <summary>The call is over.</summary>
    public void Stop()
    {
        lock (_sync)
        {
            _stopped = true;
            _timer?.Dispose();
        }
    }

    private void Fire()
    {
        bool ends, refreshes;
        lock (_sync)
        {
            var now = core.Time.GetTimestamp();
            ends = !_stopped && now >= _endAt;
            refreshes = !_stopped && !ends && now >= _refreshAt;
            if (refreshes)
                _refreshAt = long.MaxValue;
            // A timer may fire a little early; then it is only set again.
            if (!_stopped && !ends)
                Arm();
        }
        if (ends)
        {
            Log.Expired(core.Logger, call.Id);
            _ = call.HangUpAsync(CallEndReason.Expired, CancellationToken.None);
        }
        else if (refreshes)
            _ = RefreshAsync();
    }

    private async Task RefreshAsync()
    {
        var response = await call.RefreshSessionAsync();
        if (response.IsSuccess)
            return;
        Log.NotRefreshed(core.Logger, call.Id, response.Status);
        lock (_sync)
        {
            var left = core.Time.Left(_endAt);
            if (_stopped || left < LeastLeft)
                return;
            _refreshAt = core.Time.After(left / 2);
            Arm();
        }
    }

    private void Arm()
    {
        var next = Math.Min(_refreshAt, _endAt);
        var wait = next == long.MaxValue ? Timeout.InfiniteTimeSpan : core.Time.TimerUntil(next);
        if (_timer is not null)
            _timer.Change(wait, Timeout.InfiniteTimeSpan);
        else if (wait != Timeout.InfiniteTimeSpan)
            _timer = core.Time.CreateTimer(static t => ((SessionTimer)t!).Fire(), this, wait, Timeout.InfiniteTimeSpan);
    }

    private long After(double seconds) => core.Time.After(TimeSpan.FromSeconds(seconds));

    private static partial class Log
    {
        [LoggerMessage(4230, LogLevel.Warning, "call {Call}: no refresh of the session has come in time: hung up")]
        public static partial void Expired(ILogger logger, string call);

        [LoggerMessage(4231, LogLevel.Information, "call {Call}: the refresh of the session was answered with {Status}")]
        public static partial void NotRefreshed(ILogger logger, string call, int status);
    }
}
