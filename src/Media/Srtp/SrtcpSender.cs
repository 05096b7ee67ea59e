using System.Buffers.Binary;

namespace UnifiedMsg.Media.Srtp;

/// <summary>Protects the RTCP packets of one source of ours (RFC 3711 §3.4, RFC 7714 §9). May be used by several threads.</summary>
internal sealed class SrtcpSender : IDisposable
{
    /// <summary>The index that no packet may have any more (RFC 3711 §9.2): 2^31 packets for each master key, 340 years of reports.</summary>
    public const uint EndOfIndices = 1U << 31;

    private const int HeaderLength = 8;
    private const int IndexLength = 4;

    // RFC 3711 §3.4: the E flag, "this packet is encrypted".
    private const uint Encrypted = 1U << 31;

    private readonly Lock _gate = new();
    private readonly SrtcpLayout _layout;
    private readonly SrtpCipher _cipher;
    private uint _next;
    private bool _disposed;

    /// <param name="key">What to protect with. It is not kept.</param>
    public SrtcpSender(SrtpKey key) : this(SrtpCipher.Create(key, control: true), 0)
    {
    }

    internal SrtcpSender(SrtpCipher cipher, uint next)
    {
        (_cipher, _next) = (cipher, next);
        _layout = new SrtcpLayout(cipher);
    }

    /// <summary>Protects in place.</summary>
    /// <param name="buffer">The compound packet, and behind it room for tag and index.</param>
    /// <param name="length">The length of the packet.</param>
    /// <returns>The length that is to be sent; 0 when it must not be: no more keys, or no packet.</returns>
    public int Protect(Span<byte> buffer, int length)
    {
        if (length < HeaderLength)
            return 0;
        lock (_gate)
        {
            if (_disposed || _next >= EndOfIndices)
                return 0;
            var index = _next++;
            var (tag, word) = _layout.Split(buffer[..(length + _cipher.TagLength + IndexLength)]);
            BinaryPrimitives.WriteUInt32BigEndian(word, Encrypted | index);
            _cipher.Seal(buffer[..length], HeaderLength, tag, BinaryPrimitives.ReadUInt32BigEndian(buffer[4..]), index, Encrypted | index);
            return length + _cipher.TagLength + IndexLength;
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
}

/// <summary>Where tag and index stand at the end of a packet.</summary>
internal readonly struct SrtcpLayout(SrtpCipher cipher)
{
    private readonly int _tag = cipher.TagLength;
    private readonly bool _tagFirst = cipher is GcmCipher;

    /// <summary>RFC 3711 §3.4: the index, then the tag. RFC 7714 §9.1: the tag, which belongs to the cipher text, then the index.</summary>
    public Parts Split(Span<byte> packet)
    {
        var end = packet[^(_tag + 4)..];
        return _tagFirst ? new Parts(end[.._tag], end[_tag..]) : new Parts(end[4..], end[..4]);
    }

    public readonly ref struct Parts(Span<byte> tag, Span<byte> index)
    {
        private readonly Span<byte> _tag = tag;
        private readonly Span<byte> _index = index;

        public void Deconstruct(out Span<byte> tag, out Span<byte> index)
        {
            tag = _tag;
            index = _index;
        }
    }
}
