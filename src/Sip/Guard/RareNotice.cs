namespace UnifiedMsg.Sip.Guard;

/// <summary>Lets one line in a while into the log: what happens thousands of times a second is told once, with how often it was.</summary>
internal sealed class RareNotice(TimeProvider time)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private long _next;
    private long _count;

    /// <summary>Whether it is time for a line.</summary>
    /// <param name="count">How often it happened since the last one, this time included.</param>
    public bool IsDue(out long count)
    {
        count = Interlocked.Increment(ref _count);
        var now = time.GetTimestamp();
        var next = Volatile.Read(ref _next);
        var due = now + time.Ticks(Every);
        if ((next != 0 && now < next) || Interlocked.CompareExchange(ref _next, due, next) != next)
            return false;
        count = Interlocked.Exchange(ref _count, 0);
        return true;
    }
}
