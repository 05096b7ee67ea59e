namespace UnifiedMsg.Media.Rtp;

/// <summary>
/// Turns packets of telephone-events into keys, each once: all packets of one event share its timestamp, the last is sent three times
/// (RFC 4733 §2.5.1). The key counts with the first packet that arrives, so that a prompt stops when the key goes down.
/// </summary>
internal sealed class TelephoneEventReceiver
{
    private TelephoneEvent last;
    private uint lastTimestamp;
    private uint lastSsrc;
    private bool any;

    public char? Receive(in RtpPacket packet)
    {
        if (!TelephoneEvent.TryParse(packet.Payload, out var value))
            return null;
        var sameStream = any && packet.Ssrc == lastSsrc;
        // An event that is late belongs to one that is over.
        if (sameStream && (int)(packet.Timestamp - lastTimestamp) < 0)
            return null;
        var known = sameStream && (packet.Timestamp == lastTimestamp || Continues(packet.Timestamp, value));
        if (known && value.Event == last.Event && packet.Timestamp == lastTimestamp && value.Duration < last.Duration)
            return null;
        any = true;
        lastSsrc = packet.Ssrc;
        lastTimestamp = packet.Timestamp;
        last = value;
        return known ? null : value.Key;
    }

    // RFC 4733 §2.5.1.3: a key held beyond the largest duration goes on in a segment that begins where the last one ended.
    private bool Continues(uint timestamp, TelephoneEvent value) =>
        !last.End && value.Event == last.Event && last.Duration > 0xF000 && timestamp - lastTimestamp <= 0x10000;
}
