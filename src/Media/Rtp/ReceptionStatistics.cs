namespace UnifiedMsg.Media.Rtp;

/// <summary>Counts what one source sent and what of it arrived (RFC 3550 §A.3, §A.8).</summary>
internal sealed class ReceptionStatistics(uint ssrc, int clockRate)
{
    // RFC 3550 §A.1
    private const int MaxDropout = 3000;
    private const int MaxMisorder = 100;

    private bool started;
    private uint baseSequence;
    private uint highest;
    private uint received;
    private uint expectedBefore;
    private uint receivedBefore;
    private uint lastTransit;
    private double jitter;

    public uint Ssrc => ssrc;

    public uint Received => received;

    public int Lost => started ? (int)(highest - baseSequence + 1 - received) : 0;

    public double JitterSeconds => jitter / clockRate;

    // arrival: in seconds of any steady clock. Packets of events repeat their timestamp, which says nothing of the way they took.
    public void Add(ushort sequence, uint timestamp, double arrival, bool countsForJitter)
    {
        received++;
        if (!started)
        {
            started = true;
            baseSequence = highest = sequence;
            lastTransit = Transit(timestamp, arrival);
            return;
        }
        var ahead = (short)(sequence - (ushort)highest);
        if (ahead is > MaxDropout or < -MaxMisorder)
            Restart(sequence);
        else if (ahead > 0)
            highest += (uint)ahead;
        if (!countsForJitter)
            return;
        var transit = Transit(timestamp, arrival);
        var difference = Math.Abs((int)(transit - lastTransit));
        lastTransit = transit;
        // A clock that jumps is no jitter: what differs by more than a second is left out.
        if (difference < clockRate)
            jitter += (difference - jitter) / 16;
    }

    public RtcpReception Report(uint lastSenderReport, uint delay)
    {
        var expected = highest - baseSequence + 1;
        var expectedNow = expected - expectedBefore;
        var lostNow = (int)(expectedNow - (received - receivedBefore));
        expectedBefore = expected;
        receivedBefore = received;
        var fraction = expectedNow == 0 || lostNow <= 0 ? 0 : Math.Min(255, lostNow * 256L / expectedNow);
        return new RtcpReception(ssrc, (byte)fraction, Lost, highest, (uint)jitter, lastSenderReport, delay);
    }

    // The sender began to count anew: what it skipped was never sent.
    private void Restart(ushort sequence)
    {
        var restarted = ((highest & 0xFFFF0000) + 0x10000) | sequence;
        baseSequence += restarted - highest - 1;
        highest = restarted;
    }

    private uint Transit(uint timestamp, double arrival) => (uint)(long)(arrival * clockRate) - timestamp;
}
