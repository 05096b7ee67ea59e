namespace UnifiedMsg.Sip.Guard;

/// <summary>
/// Since when a loop that receives has found the next message waiting each time: for as long, what it takes now may have waited.
/// </summary>
internal sealed class ReceiveGauge(TimeProvider time)
{
    private long _busySince;

    /// <summary>The next message was there already.</summary>
    public void Busy()
    {
        if (_busySince == 0)
            Volatile.Write(ref _busySince, time.GetTimestamp());
    }

    /// <summary>The loop has to wait: nothing is behind.</summary>
    public void CaughtUp()
    {
        if (_busySince != 0)
            Volatile.Write(ref _busySince, 0);
    }

    /// <summary>For how long, as ticks of the clock.</summary>
    public long BusyFor(long now) => Volatile.Read(ref _busySince) is var since and not 0 ? now - since : 0;
}
