namespace UnifiedMsg.Media.Rtp;

/// <summary>
/// Turns packets of telephone-events into keys, each once: all packets of one event share its timestamp, the last is sent three times
/// (RFC 4733 §2.5.1). The key counts with the first packet that arrives, so that a prompt stops when the key goes down.
/// </summary>
internal sealed class TelephoneEventReceiver
{
    private TelephoneEvent _last;
    private uint _lastTimestamp;
    private ushort _lastSequence;
    private uint _lastSsrc;
    private bool _any;

    public char? Receive(in RtpPacket packet)
    {
        if (!TelephoneEvent.TryParse(packet.Payload, out var value))
            return null;
        var sameStream = _any && packet.Ssrc == _lastSsrc;
        // A packet that is late belongs to an event that is over. By its sequence number too: a clock may be set back in mid-call.
        if (sameStream && (int)(packet.Timestamp - _lastTimestamp) < 0 && (short)(packet.Sequence - _lastSequence) is <= 0 and >= -SourceChange.MaxMisorder)
            return null;
        var known = sameStream && (packet.Timestamp == _lastTimestamp || Continues(packet.Timestamp, value));
        if (known && value.Event == _last.Event && packet.Timestamp == _lastTimestamp && value.Duration < _last.Duration)
            return null;
        _any = true;
        _lastSsrc = packet.Ssrc;
        _lastTimestamp = packet.Timestamp;
        _lastSequence = packet.Sequence;
        _last = value;
        return known ? null : value.Key;
    }

    // RFC 4733 §2.5.1.3: a key held beyond the largest duration goes on in a segment that begins where the last one ended.
    private bool Continues(uint timestamp, TelephoneEvent value) =>
        !_last.End && value.Event == _last.Event && _last.Duration > 0xF000 && timestamp - _lastTimestamp <= 0x10000;
}
