namespace UnifiedMsg.Media.Srtp;

/// <summary>Takes the protection off the RTP packets of the other side (RFC 3711 §3.3). May be used by several threads.</summary>
internal sealed class SrtpReceiver : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SrtpCipher _cipher;
    private readonly SrtpSources _sources = new();
    private readonly SrtpSources? _before;
    private bool _disposed;

    /// <param name="key">What the other side protects with. It is not kept.</param>
    /// <param name="before">What was received under the key before, whose roll-over counters may go on.</param>
    public SrtpReceiver(SrtpKey key, SrtpReceiver? before = null)
    {
        _cipher = SrtpCipher.Create(key, control: false);
        _before = before?._sources;
    }

    internal SrtpReceiver(SrtpCipher cipher) => _cipher = cipher;

    /// <summary>Checks and decrypts in place.</summary>
    /// <param name="packet">A datagram.</param>
    /// <param name="length">The length of the RTP packet in it.</param>
    /// <returns>False when it is none of the other side, or came before; its content is undefined then.</returns>
    public bool TryUnprotect(Span<byte> packet, out int length)
    {
        length = packet.Length - _cipher.TagLength;
        if (length < 0 || !SrtpHeader.TryRead(packet, out var header, out var ssrc, out var sequence) || header > length)
            return false;
        lock (_gate)
        {
            if (_disposed)
                return false;
            var place = _sources.Find(ssrc);
            if (place < 0)
                return _sources.Count < SrtpSources.Most && TryFirst(packet, header, ssrc, sequence);
            ref var source = ref _sources[place];
            var index = SrtpSource.Estimate(source.Window.Highest, sequence);
            if (!source.Window.Allows(index) || !TryOpen(packet, header, ssrc, index))
                return false;
            _sources.Add(place, ssrc, index);
            return true;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            _cipher.Dispose();
        }
    }

    // The first packet of a source. Its roll-over counter is 0 (RFC 3711 §3.3.1), but two things happen: a new key leaves the counter as it
    // was, as the RFC says, or sets it to 0, as many do; and a sender that began with a high number may have turned over before we heard it.
    private bool TryFirst(Span<byte> packet, int header, uint ssrc, ushort sequence)
    {
        var before = _before?.Find(ssrc) ?? -1;
        var likely = before >= 0 ? SrtpSource.Estimate(_before![before].Window.Highest, sequence) : sequence;
        var other = likely > ushort.MaxValue ? sequence : 1UL << 16 | sequence;
        Span<byte> copy = stackalloc byte[packet.Length];
        packet.CopyTo(copy);
        var index = likely;
        if (!TryOpen(packet, header, ssrc, likely))
        {
            copy.CopyTo(packet);
            index = other;
            if (!TryOpen(packet, header, ssrc, other))
                return false;
        }
        _sources.Add(-1, ssrc, index);
        return true;
    }

    private bool TryOpen(Span<byte> packet, int header, uint ssrc, ulong index)
    {
        var end = packet.Length - _cipher.TagLength;
        return _cipher.TryOpen(packet[..end], header, packet[end..], ssrc, index, (uint)(index >> 16));
    }
}
