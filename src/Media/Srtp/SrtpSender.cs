namespace UnifiedMsg.Media.Srtp;

/// <summary>
/// Protects the RTP packets that we send, each source's in the order of their sequence numbers (RFC 3711 §3.3). May be used by several
/// threads.
/// </summary>
internal sealed class SrtpSender : IDisposable
{
    /// <summary>The most packets under one master key (RFC 3711 §9.2): 2^48, all indices that there are.</summary>
    public const ulong MaxIndex = (1UL << 48) - 1;

    private readonly Lock _gate = new();
    private readonly SrtpCipher _cipher;
    private readonly SrtpSources _sources = new();
    private readonly SrtpSources? _before;
    private bool _disposed;

    /// <param name="key">What to protect with. It is not kept.</param>
    /// <param name="before">What was sent under the key before: roll-over counters go on when a key changes (RFC 3711 §3.3.1).</param>
    public SrtpSender(SrtpKey key, SrtpSender? before = null) : this(SrtpCipher.Create(key, control: false)) => _before = before?._sources;

    internal SrtpSender(SrtpCipher cipher) => _cipher = cipher;

    /// <summary>As if a packet of this index had been sent.</summary>
    internal void GoOnAfter(uint ssrc, ulong index) => _sources.Add(_sources.Find(ssrc), ssrc, index);

    /// <summary>Protects in place.</summary>
    /// <param name="buffer">The packet, and behind it room for the tag.</param>
    /// <param name="length">The length of the packet.</param>
    /// <returns>
    /// The length that is to be sent; 0 when it must not be: no more keys, no packet, or an index that was used, under which another packet
    /// would tell what both contain.
    /// </returns>
    public int Protect(Span<byte> buffer, int length)
    {
        if (!SrtpHeader.TryRead(buffer[..length], out var header, out var ssrc, out var sequence))
            return 0;
        lock (_gate)
        {
            if (_disposed || !TryNext(ssrc, sequence, out var index))
                return 0;
            _cipher.Seal(buffer[..length], header, buffer.Slice(length, _cipher.TagLength), ssrc, index, (uint)(index >> 16));
            return length + _cipher.TagLength;
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

    // Each source counts for itself: its number is a part of what makes a key stream. All of them are remembered, should one come back.
    private bool TryNext(uint ssrc, ushort sequence, out ulong index)
    {
        var place = _sources.Find(ssrc);
        var before = place < 0 ? _before?.Find(ssrc) ?? -1 : -1;
        index = place >= 0 ? SrtpSource.Estimate(_sources[place].Window.Highest, sequence)
            : before >= 0 ? SrtpSource.Estimate(_before![before].Window.Highest, sequence) : sequence;
        if (index > MaxIndex || (place < 0 ? _sources.Count == SrtpSources.Most : index <= _sources[place].Window.Highest))
            return false;
        _sources.Add(place, ssrc, index);
        return true;
    }
}
