using System.Buffers.Binary;

namespace UnifiedMsg.Media.Rtp;

/// <summary>An RTP packet (RFC 3550 §5.1), as a view of the datagram that it came in.</summary>
public readonly ref struct RtpPacket
{
    /// <summary>The length of a header without contributing sources and extension, as we write it.</summary>
    public const int HeaderLength = 12;

    /// <summary>Payload type, 0 to 127.</summary>
    public int PayloadType { get; private init; }

    /// <summary>The marker bit: for audio, the first packet after a pause (RFC 3551 §4.1).</summary>
    public bool Marker { get; private init; }

    /// <summary>Sequence number.</summary>
    public ushort Sequence { get; private init; }

    /// <summary>When the first sample of the payload was taken, in ticks of the codec's clock.</summary>
    public uint Timestamp { get; private init; }

    /// <summary>The synchronisation source: who sends.</summary>
    public uint Ssrc { get; private init; }

    /// <summary>What is carried, without header extension and padding.</summary>
    public ReadOnlySpan<byte> Payload { get; private init; }

    /// <summary>RFC 7983 §7: true for a datagram that can only be RTP or RTCP among all that share the port.</summary>
    public static bool MayBe(ReadOnlySpan<byte> datagram) => datagram.Length > 0 && datagram[0] >> 6 == 2;

    /// <summary>Reads a datagram; false when it is no RTP packet of version 2 (RFC 3550 §A.1).</summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out RtpPacket packet)
    {
        packet = default;
        if (datagram.Length < HeaderLength || datagram[0] >> 6 != 2)
            return false;
        var start = HeaderLength + (datagram[0] & 0x0F) * 4;
        // RFC 3550 §5.3.1: a header extension counts its 32-bit words without its own first one.
        if ((datagram[0] & 0x10) != 0)
        {
            if (datagram.Length < start + 4)
                return false;
            start += 4 + BinaryPrimitives.ReadUInt16BigEndian(datagram[(start + 2)..]) * 4;
        }
        // RFC 3550 §5.1: the last octet of the padding counts the padding, itself included.
        var padding = (datagram[0] & 0x20) != 0 ? datagram[^1] : 0;
        var paddingIsWrong = (datagram[0] & 0x20) != 0 && padding == 0;
        if (paddingIsWrong || start + padding > datagram.Length)
            return false;
        packet = new RtpPacket
        {
            PayloadType = datagram[1] & 0x7F,
            Marker = (datagram[1] & 0x80) != 0,
            Sequence = BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]),
            Timestamp = BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]),
            Ssrc = BinaryPrimitives.ReadUInt32BigEndian(datagram[8..]),
            Payload = datagram[start..(datagram.Length - padding)],
        };
        return true;
    }

    /// <summary>Writes the header of a packet; the payload goes behind its <see cref="HeaderLength"/> bytes.</summary>
    public static void WriteHeader(Span<byte> datagram, int payloadType, bool marker, ushort sequence, uint timestamp, uint ssrc)
    {
        datagram[0] = 0x80;
        datagram[1] = (byte)(payloadType | (marker ? 0x80 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(datagram[2..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(datagram[4..], timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(datagram[8..], ssrc);
    }
}
