namespace UnifiedMsg.Sip;

/// <summary>Moments in the future, as timestamps of a clock, and the timers that are set for them.</summary>
internal static class Clock
{
    // A timer takes no more than 49 days, and a peer may name any time; one that fires early is set again.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    /// <summary>The moment that long from now.</summary>
    public static long After(this TimeProvider time, TimeSpan wait) => time.GetTimestamp() + time.Ticks(wait);

    /// <summary>That time as a difference of timestamps.</summary>
    public static long Ticks(this TimeProvider time, TimeSpan wait) => (long)(wait.TotalSeconds * time.TimestampFrequency);

    /// <summary>How much is left until that moment; negative when it has passed.</summary>
    public static TimeSpan Left(this TimeProvider time, long moment) => time.GetElapsedTime(time.GetTimestamp(), moment);

    /// <summary>
    /// What a timer is set to that is to fire at that moment: whole milliseconds, as timers count them, rounded up. One that fired early would
    /// only be set again.
    /// </summary>
    public static TimeSpan TimerUntil(this TimeProvider time, long moment) =>
        TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling(time.Left(moment).TotalMilliseconds), 0, LongestTimer.TotalMilliseconds));
}
