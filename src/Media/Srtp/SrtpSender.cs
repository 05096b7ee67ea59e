namespace UnifiedMsg.Media.Srtp;

/// <summary>
/// Protects the RTP packets that one source of ours sends, in the order of their sequence numbers (RFC 3711 §3.3). May be used by several
/// threads.
/// </summary>
internal sealed class SrtpSender : IDisposable
{
    /// <summary>The most packets under one master key (RFC 3711 §9.2): 2^48, all indices that there are.</summary>
    public const ulong MaxIndex = (1UL << 48) - 1;

    private readonly Lock _gate = new();
    private readonly SrtpCipher _cipher;
    private ulong? _last;
    private bool _disposed;

    /// <param name="key">What to protect with. It is not kept.</param>
    /// <param name="last">
    /// The index of the last packet under the key before: the roll-over counter goes on when a key changes (RFC 3711 §3.3.1); null for a
    /// new stream.
    /// </param>
    public SrtpSender(SrtpKey key, ulong? last = null)
    {
        _cipher = SrtpCipher.Create(key, control: false);
        _last = last;
    }

    internal SrtpSender(SrtpCipher cipher) => _cipher = cipher;

    /// <summary>The index of the last packet; null before the first.</summary>
    public ulong? Last
    {
        get
        {
            lock (_gate)
                return _last;
        }
    }

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
            if (_disposed || !TryNext(sequence, out var index))
                return 0;
            _last = index;
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

    private bool TryNext(ushort sequence, out ulong index)
    {
        index = _last is { } last ? SrtpSource.Estimate(last, sequence) : sequence;
        return (_last is null || index > _last) && index <= MaxIndex;
    }
}
