namespace UnifiedMsg.Media.Rtp;

/// <summary>Counts what one source sent and what of it arrived (RFC 3550 §A.3, §A.8).</summary>
internal sealed class ReceptionStatistics(uint ssrc, int clockRate)
{
    private bool _started;
    private bool _jumping;
    private ushort _afterJump;
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

    /// <summary>Counts a packet.</summary>
    /// <param name="sequence">Its sequence number.</param>
    /// <param name="timestamp">Its timestamp.</param>
    /// <param name="arrival">In seconds of any steady clock.</param>
    /// <param name="countsForJitter">False for events: they repeat their timestamp, which says nothing of the way that they took.</param>
    public void Add(ushort sequence, uint timestamp, double arrival, bool countsForJitter)
    {
        if (!_started)
        {
            _started = true;
            _baseSequence = _highest = sequence;
            _lastTransit = Transit(timestamp, arrival);
            _received++;
            return;
        }
        var ahead = (short)(sequence - (ushort)_highest);
        if (SourceChange.IsJump(ahead))
        {
            if (!_jumping || !SourceChange.Confirms(_afterJump, sequence))
            {
                // RFC 3550 §A.1: not counted unless another follows.
                (_jumping, _afterJump) = (true, sequence);
                return;
            }
            Restart(_afterJump, sequence);
            _received += 2;
        }
        else
        {
            if (ahead > 0)
                _highest += (uint)ahead;
            _received++;
        }
        if (countsForJitter)
            AddJitter(timestamp, arrival);
    }

    /// <summary>A report block (RFC 3550 §A.3), of what came since the last one too.</summary>
    public RtcpReception Report()
    {
        var expected = _highest - _baseSequence + 1;
        var expectedNow = expected - _expectedBefore;
        var lostNow = (int)(expectedNow - (_received - _receivedBefore));
        _expectedBefore = expected;
        _receivedBefore = _received;
        var fraction = expectedNow == 0 || lostNow <= 0 ? 0 : Math.Min(255, lostNow * 256L / expectedNow);
        return new RtcpReception(ssrc, (byte)fraction, Lost, _highest, (uint)_jitter, 0, 0);
    }

    // The sender began to count anew, by the first and the second packet of which either may have come first: what it skipped was never sent.
    private void Restart(ushort one, ushort other)
    {
        _jumping = false;
        var (first, last) = (short)(other - one) > 0 ? (one, other) : (other, one);
        var restarted = ((_highest & 0xFFFF0000) + 0x10000) | first;
        _baseSequence += restarted - _highest - 1;
        _highest = restarted + (ushort)(last - first);
    }

    // RFC 3550 §A.8.
    private void AddJitter(uint timestamp, double arrival)
    {
        var transit = Transit(timestamp, arrival);
        var difference = Math.Abs((long)(int)(transit - _lastTransit));
        _lastTransit = transit;
        // A clock that jumps is no jitter: what differs by more than a second is left out.
        if (difference < clockRate)
            _jitter += (difference - _jitter) / 16;
    }

    private uint Transit(uint timestamp, double arrival) => (uint)(long)(arrival * clockRate) - timestamp;
}
