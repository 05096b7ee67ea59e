using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace UnifiedMsg.Media.Ice;

/// <summary>Writes a STUN message (RFC 8489 §5, §14) into a buffer that is long enough.</summary>
internal ref struct StunWriter
{
    /// <summary>Longer than any message of ours.</summary>
    public const int MaxLength = 256;

    private readonly Span<byte> _buffer;

    /// <param name="buffer">At least <see cref="MaxLength"/> octets.</param>
    /// <param name="type">Class and method.</param>
    /// <param name="transaction">Cookie and transaction id.</param>
    public StunWriter(Span<byte> buffer, ushort type, ReadOnlySpan<byte> transaction)
    {
        _buffer = buffer;
        BinaryPrimitives.WriteUInt16BigEndian(buffer, type);
        transaction.CopyTo(buffer[4..]);
        Length = StunMessage.HeaderLength;
    }

    /// <summary>The octets written.</summary>
    public int Length { get; private set; }

    public void Add(StunAttribute type, scoped ReadOnlySpan<byte> value)
    {
        var whole = 4 + (value.Length + 3) / 4 * 4;
        var attribute = _buffer.Slice(Length, whole);
        attribute.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(attribute, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(attribute[2..], (ushort)value.Length);
        value.CopyTo(attribute[4..]);
        Length += whole;
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[2..], (ushort)(Length - StunMessage.HeaderLength));
    }

    /// <summary>RFC 8489 §14.2: where the request came from, XOR cookie and transaction, which keeps translators from changing it.</summary>
    public void AddMappedAddress(SocketAddress source)
    {
        // Family, port, then the address: IPv4 at 4, IPv6 at 8. An IPv4 address on a socket for both families is told as what it is.
        var octets = source.Buffer.Span;
        var isIp6 = source.Family == AddressFamily.InterNetworkV6;
        ReadOnlySpan<byte> address = isIp6 ? octets.Slice(8, 16) : octets.Slice(4, 4);
        if (isIp6 && address[..12].SequenceEqual((ReadOnlySpan<byte>)[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]))
            address = address[12..];
        Span<byte> value = stackalloc byte[20];
        value[0] = 0;
        value[1] = (byte)(address.Length == 16 ? 2 : 1);
        octets.Slice(2, 2).CopyTo(value[2..]);
        address.CopyTo(value[4..]);
        value[2] ^= _buffer[4];
        value[3] ^= _buffer[5];
        for (var i = 0; i < address.Length; i++)
            value[4 + i] ^= _buffer[4 + i];
        Add(StunAttribute.XorMappedAddress, value[..(4 + address.Length)]);
    }

    /// <summary>Ends the message with MESSAGE-INTEGRITY and FINGERPRINT (RFC 8445 §7.3.1.1, RFC 8489 §14.5, §14.7).</summary>
    public void Seal(scoped ReadOnlySpan<byte> key)
    {
        Span<byte> integrity = stackalloc byte[StunMessage.IntegrityLength];
        StunMessage.Integrity(_buffer[..Length], key, integrity);
        Add(StunAttribute.MessageIntegrity, integrity);
        Span<byte> fingerprint = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(fingerprint, StunMessage.Fingerprint(_buffer[..Length]));
        Add(StunAttribute.Fingerprint, fingerprint);
    }
}
