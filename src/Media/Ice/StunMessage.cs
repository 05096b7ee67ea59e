using System.Buffers.Binary;
using System.Security.Cryptography;

namespace UnifiedMsg.Media.Ice;

/// <summary>A STUN message (RFC 8489 §5), as a view of the datagram that it came in.</summary>
internal readonly ref struct StunMessage
{
    public const int HeaderLength = 20;
    public const uint MagicCookie = 0x2112A442;
    public const ushort BindingRequest = 0x0001;
    public const ushort BindingSuccess = 0x0101;
    public const ushort BindingError = 0x0111;

    // HMAC-SHA1 (RFC 8489 §14.5), and a CRC that tells STUN from what is sent beside it (§14.7).
    public const int IntegrityLength = 20;
    private const uint FingerprintMask = 0x5354554E;

    /// <summary>More attributes than a check of connectivity ever has.</summary>
    private const int MaxAttributes = 32;

    private readonly ReadOnlySpan<byte> _message;

    private StunMessage(ReadOnlySpan<byte> message) => _message = message;

    /// <summary>Class and method.</summary>
    public ushort Type => BinaryPrimitives.ReadUInt16BigEndian(_message);

    /// <summary>The cookie and the transaction id, 16 octets, which a response repeats.</summary>
    public ReadOnlySpan<byte> Transaction => _message.Slice(4, 16);

    /// <summary>RFC 7983 §7: true for a datagram that can only be STUN among all that share the port.</summary>
    public static bool IsStun(ReadOnlySpan<byte> datagram) => datagram.Length >= HeaderLength && datagram[0] <= 3;

    /// <summary>
    /// Reads a message: cookie and lengths fit, the attributes lie within, nothing follows a FINGERPRINT, which is right, and nothing but
    /// that follows a MESSAGE-INTEGRITY.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out StunMessage message)
    {
        message = default;
        if (!IsStun(datagram) || BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]) != MagicCookie
            || BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]) != datagram.Length - HeaderLength || (datagram.Length & 3) != 0)
            return false;
        var candidate = new StunMessage(datagram);
        var attributes = candidate.Attributes;
        var count = 0;
        var sealedAt = StunAttribute.None;
        while (attributes.MoveNext())
        {
            var isEnd = attributes.Type is StunAttribute.MessageIntegrity or StunAttribute.Fingerprint;
            if (++count > MaxAttributes || sealedAt == StunAttribute.Fingerprint || sealedAt == StunAttribute.MessageIntegrity && attributes.Type != StunAttribute.Fingerprint)
                return false;
            if (attributes.Type == StunAttribute.Fingerprint
                && (attributes.Value.Length != 4 || BinaryPrimitives.ReadUInt32BigEndian(attributes.Value) != Fingerprint(datagram[..attributes.Start])))
                return false;
            if (isEnd)
                sealedAt = attributes.Type;
        }
        if (!attributes.IsAtEnd)
            return false;
        message = candidate;
        return true;
    }

    /// <summary>The attributes in their order.</summary>
    public StunAttributes Attributes => new(_message);

    /// <summary>Finds the first attribute of a type.</summary>
    public bool TryFind(StunAttribute type, out ReadOnlySpan<byte> value)
    {
        var attributes = Attributes;
        while (attributes.MoveNext())
        {
            if (attributes.Type == type)
            {
                value = attributes.Value;
                return true;
            }
        }
        value = default;
        return false;
    }

    /// <summary>True when the message carries the proof that its sender knows <paramref name="key"/> (RFC 8489 §9.1, §14.5).</summary>
    public bool IsFrom(ReadOnlySpan<byte> key)
    {
        var attributes = Attributes;
        while (attributes.MoveNext())
        {
            if (attributes.Type != StunAttribute.MessageIntegrity)
                continue;
            Span<byte> expected = stackalloc byte[IntegrityLength];
            Integrity(_message[..attributes.Start], key, expected);
            return CryptographicOperations.FixedTimeEquals(expected, attributes.Value);
        }
        return false;
    }

    // RFC 8489 §14.5: over all before the attribute, with a length in the header as if the message ended with it.
    internal static void Integrity(ReadOnlySpan<byte> before, ReadOnlySpan<byte> key, Span<byte> integrity)
    {
        Span<byte> copy = stackalloc byte[before.Length];
        before.CopyTo(copy);
        BinaryPrimitives.WriteUInt16BigEndian(copy[2..], (ushort)(before.Length - HeaderLength + 4 + IntegrityLength));
#pragma warning disable CA5350 // RFC 8445 §7.2.2: checks of connectivity are authenticated by HMAC-SHA1.
        HMACSHA1.HashData(key, copy, integrity);
#pragma warning restore CA5350
    }

    // RFC 8489 §14.7: the CRC-32 of ITU V.42 of all before the attribute, with a length that includes it.
    internal static uint Fingerprint(ReadOnlySpan<byte> before)
    {
        var length = (ushort)(before.Length - HeaderLength + 8);
        var crc = uint.MaxValue;
        for (var i = 0; i < before.Length; i++)
        {
            crc ^= i switch { 2 => (uint)length >> 8, 3 => (uint)length & 0xFF, _ => before[i] };
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0xEDB88320 & (uint)-(int)(crc & 1));
        }
        return ~crc ^ FingerprintMask;
    }
}

/// <summary>Types of attributes (RFC 8489 §18.3, RFC 8445 §16.1). Those below 0x8000 have to be understood.</summary>
internal enum StunAttribute : ushort
{
    None = 0,
    Username = 0x0006,
    MessageIntegrity = 0x0008,
    ErrorCode = 0x0009,
    UnknownAttributes = 0x000A,
    XorMappedAddress = 0x0020,
    Priority = 0x0024,
    UseCandidate = 0x0025,
    Fingerprint = 0x8028,
    IceControlled = 0x8029,
    IceControlling = 0x802A,
}

/// <summary>Walks through the attributes of a message: type, length, value, filled up to 32 bits (RFC 8489 §14).</summary>
internal ref struct StunAttributes(ReadOnlySpan<byte> message)
{
    private readonly ReadOnlySpan<byte> _message = message;
    private int _next = StunMessage.HeaderLength;

    public StunAttribute Type { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Where the attribute begins in the message.</summary>
    public int Start { get; private set; }

    /// <summary>True when nothing is left that is no attribute.</summary>
    public readonly bool IsAtEnd => _next == _message.Length;

    public bool MoveNext()
    {
        if (_message.Length - _next < 4)
            return false;
        var length = BinaryPrimitives.ReadUInt16BigEndian(_message[(_next + 2)..]);
        var end = _next + 4 + (length + 3) / 4 * 4;
        if (end > _message.Length)
            return false;
        Start = _next;
        Type = (StunAttribute)BinaryPrimitives.ReadUInt16BigEndian(_message[_next..]);
        Value = _message.Slice(_next + 4, length);
        _next = end;
        return true;
    }
}
