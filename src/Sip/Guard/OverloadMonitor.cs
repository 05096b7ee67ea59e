using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Sip.Guard;

/// <summary>
/// Knows when the work is behind. Two queues can grow: the one of the thread pool, where calls are served, and the one in the socket, when
/// the loop that receives finds the next datagram there each time and never has to wait.
/// </summary>
/// <param name="bound">How far behind is too far.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
/// <param name="queue">Where calls are queued; the thread pool, except in tests.</param>
internal sealed partial class OverloadMonitor(TimeSpan bound, ILogger logger, TimeProvider time, Action<Action>? queue = null)
{
    /// <summary>How often the delay is measured, while requests come.</summary>
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromMilliseconds(20);

    private readonly Action<Action> _queue = queue ?? (work => ThreadPool.UnsafeQueueUserWorkItem(static w => w(), work, preferLocal: false));
    private long _probed;
    private long _delay;
    private int _probing;
    private ReceiveGauge[] _gauges = [];
    private int _behind;

    /// <summary>Whether a new request is one too many. Asked for each of them.</summary>
    public bool IsBehind()
    {
        var now = time.GetTimestamp();
        Probe(now);
        // While the probe waits, the calls before it wait too. One that has only begun to wait tells nothing yet: then the one before counts.
        var delay = Volatile.Read(ref _delay);
        if (Volatile.Read(ref _probing) == 1)
            delay = Math.Max(delay, now - Volatile.Read(ref _probed));
        foreach (var gauge in _gauges)
            delay = Math.Max(delay, gauge.BusyFor(now));
        var behind = time.GetElapsedTime(0, delay) > bound;
        if (Interlocked.Exchange(ref _behind, behind ? 1 : 0) != (behind ? 1 : 0))
            Tell(behind, time.GetElapsedTime(0, delay));
        return behind;
    }

    /// <summary>A gauge for one more loop that receives. Called before anything is received.</summary>
    public ReceiveGauge Watch()
    {
        var gauge = new ReceiveGauge(time);
        _gauges = [.. _gauges, gauge];
        return gauge;
    }

    private void Probe(long now)
    {
        if (time.GetElapsedTime(Volatile.Read(ref _probed), now) < ProbeEvery || Interlocked.CompareExchange(ref _probing, 1, 0) != 0)
            return;
        Volatile.Write(ref _probed, now);
        _queue(Measure);
    }

    // A late probe is followed by the next at once, until one is in time: that all is well again has to be known without a request.
    private void Measure()
    {
        var now = time.GetTimestamp();
        var delay = now - Volatile.Read(ref _probed);
        Volatile.Write(ref _delay, delay);
        if (time.GetElapsedTime(0, delay) > bound)
        {
            Volatile.Write(ref _probed, now);
            _queue(Measure);
        }
        else
            Volatile.Write(ref _probing, 0);
    }

    private void Tell(bool behind, TimeSpan delay)
    {
        if (behind)
            Log.Behind(logger, (long)delay.TotalMilliseconds);
        else
            Log.CaughtUp(logger);
    }

    private static partial class Log
    {
        [LoggerMessage(4510, LogLevel.Warning, "sip: overloaded, {Delay} ms behind: new requests get 503")]
        public static partial void Behind(ILogger logger, long delay);

        [LoggerMessage(4511, LogLevel.Information, "sip: no longer overloaded")]
        public static partial void CaughtUp(ILogger logger);
    }
}
