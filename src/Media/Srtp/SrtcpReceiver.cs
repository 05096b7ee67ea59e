using System.Buffers.Binary;

namespace UnifiedMsg.Media.Srtp;

/// <summary>Takes the protection off the RTCP packets of the other side (RFC 3711 §3.4, RFC 7714 §9). May be used by several threads.</summary>
internal sealed class SrtcpReceiver : IDisposable
{
    private const int HeaderLength = 8;

    private readonly Lock _gate = new();
    private readonly SrtpSources _sources = new();
    private readonly SrtcpLayout _layout;
    private readonly SrtpCipher _cipher;
    private bool _disposed;

    /// <param name="key">What the other side protects with. It is not kept.</param>
    public SrtcpReceiver(SrtpKey key) : this(SrtpCipher.Create(key, control: true))
    {
    }

    internal SrtcpReceiver(SrtpCipher cipher)
    {
        _cipher = cipher;
        _layout = new SrtcpLayout(cipher);
    }

    /// <summary>Checks and decrypts in place.</summary>
    /// <param name="packet">A datagram.</param>
    /// <param name="length">The length of the compound packet in it.</param>
    /// <returns>False when it is none of the other side, or came before; its content is undefined then.</returns>
    public bool TryUnprotect(Span<byte> packet, out int length)
    {
        length = packet.Length - _cipher.TagLength - 4;
        if (length < HeaderLength || packet.Length > SrtpHeader.MaxPacket || packet[0] >> 6 != 2)
            return false;
        var (tag, word) = _layout.Split(packet);
        var trailer = BinaryPrimitives.ReadUInt32BigEndian(word);
        var index = trailer & 0x7FFF_FFFF;
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(packet[4..]);
        // A packet that is authenticated and not encrypted (the E flag is 0) tells others something, but us no lie.
        var clear = trailer == index ? length : HeaderLength;
        lock (_gate)
        {
            if (_disposed)
                return false;
            var place = _sources.Find(ssrc);
            if (place < 0 ? _sources.Count == SrtpSources.Most : !_sources[place].Window.Allows(index))
                return false;
            if (!_cipher.TryOpen(packet[..length], clear, tag, ssrc, index, trailer))
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
}
