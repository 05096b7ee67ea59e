namespace UnifiedMsg.Sip.Guard;

/// <summary>Counts against a rate. Its user holds a lock.</summary>
internal struct TokenBucket(SipRate rate, long now)
{
    private double _tokens = rate.Burst;
    private long _filled = now;

    /// <summary>Takes one; false when there is none.</summary>
    public bool TryTake(long now, long ticksPerSecond)
    {
        _tokens = Math.Min(rate.Burst, _tokens + ((now - _filled) * rate.PerSecond / ticksPerSecond));
        _filled = now;
        if (_tokens < 1)
            return false;
        _tokens--;
        return true;
    }
}
