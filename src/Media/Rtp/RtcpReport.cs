using System.Buffers.Binary;

namespace UnifiedMsg.Media.Rtp;

/// <summary>What a compound RTCP packet (RFC 3550 §6.1) says that matters to the receiver of a call.</summary>
/// <param name="Ssrc">Who sent it.</param>
/// <param name="Sender">What it sent, when it is a sender report.</param>
/// <param name="AboutUs">How it receives us.</param>
/// <param name="Bye">It leaves (RFC 3550 §6.6).</param>
public readonly record struct RtcpReport(uint Ssrc, RtcpSenderInfo? Sender, RtcpReception? AboutUs, bool Bye)
{
    private const int SenderReport = 200;
    private const int ReceiverReport = 201;
    private const int Goodbye = 203;
    private const int Padding = 0x20;
    private const int BlockLength = 24;

    /// <summary>Reads a compound packet.</summary>
    /// <param name="datagram">The datagram.</param>
    /// <param name="us">The source that we send as.</param>
    /// <param name="report">What it says.</param>
    /// <returns>False when it is no RTCP: by RFC 3550 §A.2 the first packet is a report of version 2 without padding and the lengths
    /// add up.</returns>
    public static bool TryParse(ReadOnlySpan<byte> datagram, uint us, out RtcpReport report)
    {
        report = default;
        if (datagram.Length < 8 || datagram[1] is not (SenderReport or ReceiverReport) || (datagram[0] & Padding) != 0)
            return false;
        var result = new RtcpReport { Ssrc = BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]) };
        while (!datagram.IsEmpty)
        {
            if (datagram.Length < 4 || datagram[0] >> 6 != 2)
                return false;
            var length = (BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]) + 1) * 4;
            if (length > datagram.Length || !result.TryAdd(datagram[..length], us, out result))
                return false;
            datagram = datagram[length..];
        }
        report = result;
        return true;
    }

    private bool TryAdd(ReadOnlySpan<byte> packet, uint us, out RtcpReport report)
    {
        report = this;
        var count = packet[0] & 0x1F;
        switch (packet[1])
        {
            case SenderReport:
                if (packet.Length < 28 + count * BlockLength)
                    return false;
                report = this with { Sender = RtcpSenderInfo.Read(packet[8..]), AboutUs = Find(packet[28..], count, us) ?? AboutUs };
                return true;
            case ReceiverReport:
                if (packet.Length < 8 + count * BlockLength)
                    return false;
                report = this with { AboutUs = Find(packet[8..], count, us) ?? AboutUs };
                return true;
            case Goodbye:
                if (packet.Length < 4 + count * 4)
                    return false;
                report = this with { Bye = Bye || Names(packet[4..], count, Ssrc) };
                return true;
            default:
                return true;
        }
    }

    private static bool Names(ReadOnlySpan<byte> sources, int count, uint ssrc)
    {
        for (var i = 0; i < count; i++)
        {
            if (BinaryPrimitives.ReadUInt32BigEndian(sources[(i * 4)..]) == ssrc)
                return true;
        }
        return false;
    }

    private static RtcpReception? Find(ReadOnlySpan<byte> blocks, int count, uint us)
    {
        for (var i = 0; i < count; i++, blocks = blocks[BlockLength..])
        {
            if (BinaryPrimitives.ReadUInt32BigEndian(blocks) == us)
                return RtcpReception.Read(blocks);
        }
        return null;
    }

    /// <summary>Writes a compound packet: a report, who we are (CNAME, RFC 3550 §6.5.1), and BYE when the call ends.</summary>
    /// <param name="datagram">At least 128 bytes and the length of the name.</param>
    /// <param name="ssrc">Who we are.</param>
    /// <param name="sender">What we sent since the last report; null makes it a receiver report.</param>
    /// <param name="reception">How we receive the other side; null when nothing came.</param>
    /// <param name="cname">Our canonical name, at most 255 bytes of ASCII.</param>
    /// <param name="bye">We leave.</param>
    /// <returns>The bytes written.</returns>
    public static int Write(Span<byte> datagram, uint ssrc, RtcpSenderInfo? sender, RtcpReception? reception, ReadOnlySpan<byte> cname, bool bye)
    {
        var position = 8;
        if (sender is { } info)
        {
            info.Write(datagram[position..]);
            position += 20;
        }
        if (reception is { } block)
        {
            block.Write(datagram[position..]);
            position += BlockLength;
        }
        Head(datagram, reception is null ? 0 : 1, (byte)(sender is null ? ReceiverReport : SenderReport), position, ssrc);
        position += Description(datagram[position..], ssrc, cname);
        if (bye)
        {
            Head(datagram[position..], 1, Goodbye, 8, ssrc);
            position += 8;
        }
        return position;
    }

    // SDES with one chunk of one item; the chunk ends with at least one zero octet on a 32-bit boundary.
    private static int Description(Span<byte> packet, uint ssrc, ReadOnlySpan<byte> cname)
    {
        var length = 8 + (2 + cname.Length + 1 + 3) / 4 * 4;
        packet[..length].Clear();
        Head(packet, 1, 202, length, ssrc);
        packet[8] = 1;
        packet[9] = (byte)cname.Length;
        cname.CopyTo(packet[10..]);
        return length;
    }

    private static void Head(Span<byte> packet, int count, byte type, int length, uint ssrc)
    {
        packet[0] = (byte)(0x80 | count);
        packet[1] = type;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)(length / 4 - 1));
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], ssrc);
    }
}

/// <summary>The sender information of a sender report (RFC 3550 §6.4.1).</summary>
/// <param name="Ntp">When it was sent, as an NTP timestamp: seconds since 1900 in the upper half, their fraction in the lower.</param>
/// <param name="Timestamp">The same time in ticks of the codec's clock.</param>
/// <param name="Packets">Packets sent so far.</param>
/// <param name="Octets">Octets of payload sent so far.</param>
public readonly record struct RtcpSenderInfo(ulong Ntp, uint Timestamp, uint Packets, uint Octets)
{
    internal static RtcpSenderInfo Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]), BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]));

    internal void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Ntp);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[8..], Timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[12..], Packets);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[16..], Octets);
    }
}

/// <summary>A reception report block (RFC 3550 §6.4.1).</summary>
/// <param name="Ssrc">Whom it is about.</param>
/// <param name="FractionLost">Packets lost since the last report, in 256ths.</param>
/// <param name="Lost">Packets lost so far; negative when duplicates came.</param>
/// <param name="HighestSequence">The highest sequence number, with the count of its cycles in the upper half.</param>
/// <param name="Jitter">Interarrival jitter, in ticks of the codec's clock.</param>
/// <param name="LastSenderReport">The middle 32 bits of the NTP timestamp of the last sender report; 0 for none.</param>
/// <param name="Delay">Time since that report, in 65,536ths of a second.</param>
public readonly record struct RtcpReception(
    uint Ssrc, byte FractionLost, int Lost, uint HighestSequence, uint Jitter, uint LastSenderReport, uint Delay)
{
    internal static RtcpReception Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes[4],
        BinaryPrimitives.ReadInt32BigEndian(bytes[4..]) << 8 >> 8,
        BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]), BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]),
        BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]), BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]));

    internal void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Ssrc);
        BinaryPrimitives.WriteInt32BigEndian(bytes[4..], Math.Clamp(Lost, -0x800000, 0x7FFFFF) & 0xFFFFFF | FractionLost << 24);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[8..], HighestSequence);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[12..], Jitter);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[16..], LastSenderReport);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[20..], Delay);
    }
}
