namespace UnifiedMsg.Media.Rtp;

/// <summary>Counts what one source sent and what of it arrived (RFC 3550 §A.3, §A.8).</summary>
internal sealed class ReceptionStatistics(uint ssrc, int clockRate)
{
    // RFC 3550 §A.1
    private const int MaxDropout = 3000;
    private const int MaxMisorder = 100;

    private bool _started;
    private uint _baseSequence;
    private uint _highest;
    private uint _received;
    private uint _expectedBefore;
    private uint _receivedBefore;
    private uint _lastTransit;
    private double _jitter;

    public uint Ssrc => ssrc;

    public uint Received => _received;

    public int Lost => _started ? (int)(_highest - _baseSequence + 1 - _received) : 0;

    public double JitterSeconds => _jitter / clockRate;

    // arrival: in seconds of any steady clock. Packets of events repeat their timestamp, which says nothing of the way they took.
    public void Add(ushort sequence, uint timestamp, double arrival, bool countsForJitter)
    {
        _received++;
        if (!_started)
        {
            _started = true;
            _baseSequence = _highest = sequence;
            _lastTransit = Transit(timestamp, arrival);
            return;
        }
        var ahead = (short)(sequence - (ushort)_highest);
        if (ahead is > MaxDropout or < -MaxMisorder)
            Restart(sequence);
        else if (ahead > 0)
            _highest += (uint)ahead;
        if (!countsForJitter)
            return;
        var transit = Transit(timestamp, arrival);
        var difference = Math.Abs((int)(transit - _lastTransit));
        _lastTransit = transit;
        // A clock that jumps is no jitter: what differs by more than a second is left out.
        if (difference < clockRate)
            _jitter += (difference - _jitter) / 16;
    }

    public RtcpReception Report(uint lastSenderReport, uint delay)
    {
        var expected = _highest - _baseSequence + 1;
        var expectedNow = expected - _expectedBefore;
        var lostNow = (int)(expectedNow - (_received - _receivedBefore));
        _expectedBefore = expected;
        _receivedBefore = _received;
        var fraction = expectedNow == 0 || lostNow <= 0 ? 0 : Math.Min(255, lostNow * 256L / expectedNow);
        return new RtcpReception(ssrc, (byte)fraction, Lost, _highest, (uint)_jitter, lastSenderReport, delay);
    }

    // The sender began to count anew: what it skipped was never sent.
    private void Restart(ushort sequence)
    {
        var restarted = ((_highest & 0xFFFF0000) + 0x10000) | sequence;
        _baseSequence += restarted - _highest - 1;
        _highest = restarted;
    }

    private uint Transit(uint timestamp, double arrival) => (uint)(long)(arrival * clockRate) - timestamp;
}
