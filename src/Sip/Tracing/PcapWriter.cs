using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace UnifiedMsg.Sip.Tracing;

/// <summary>
/// Messages as a capture file that Wireshark reads (the classic pcap format, microseconds, LINKTYPE_RAW). IP and UDP headers are made up
/// from the addresses, for messages over streams too, so that each message is one packet, decoded whether it was encrypted on its way or
/// not.
/// </summary>
public static class PcapWriter
{
    private const uint Magic = 0xa1b2c3d4;
    private const uint LinkTypeRaw = 101;
    private const byte Udp = 17;
    private const int UdpHeader = 8;

    /// <summary>The longest packet that an IPv4 header can tell of.</summary>
    private const int MaxPacket = 65535;

    /// <summary>What a file begins with.</summary>
    public static byte[] FileHeader()
    {
        var header = new byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(6), 4);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), MaxPacket);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(20), LinkTypeRaw);
        return header;
    }

    /// <summary>One message with all its headers.</summary>
    public static byte[] Packet(TracedMessage message)
    {
        var (source, destination) = message.Outgoing ? (message.Local, message.Remote) : (message.Remote, message.Local);
        var ip6 = source.AddressFamily == AddressFamily.InterNetworkV6 || destination.AddressFamily == AddressFamily.InterNetworkV6;
        var ipHeader = ip6 ? 40 : 20;
        var kept = Math.Min(message.Octets.Length, MaxPacket - ipHeader - UdpHeader);
        var packet = new byte[16 + ipHeader + UdpHeader + kept];
        WriteRecordHeader(packet, message.At, ipHeader + UdpHeader + kept, ipHeader + UdpHeader + message.Octets.Length);
        var ip = packet.AsSpan(16);
        if (ip6)
            WriteIp6(ip, source.Address, destination.Address, UdpHeader + kept);
        else
            WriteIp4(ip, source.Address, destination.Address, UdpHeader + kept);
        var udp = ip[ipHeader..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, (ushort)source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], (ushort)destination.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)(UdpHeader + kept));
        message.Octets.AsSpan(0, kept).CopyTo(udp[UdpHeader..]);
        // RFC 8200 §8.1: over IPv6 a UDP checksum of zero is not allowed.
        if (ip6)
            BinaryPrimitives.WriteUInt16BigEndian(udp[6..], UdpChecksum(ip[8..40], udp));
        return packet;
    }

    private static void WriteRecordHeader(Span<byte> header, DateTimeOffset at, int kept, int length)
    {
        var microseconds = (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)(microseconds / 1_000_000));
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)(microseconds % 1_000_000));
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], kept);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], length);
    }

    // RFC 791 §3.1.
    private static void WriteIp4(Span<byte> ip, IPAddress source, IPAddress destination, int payload)
    {
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(20 + payload));
        ip[8] = 64;
        ip[9] = Udp;
        source.MapToIPv4().TryWriteBytes(ip[12..16], out _);
        destination.MapToIPv4().TryWriteBytes(ip[16..20], out _);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], (ushort)~Sum(ip[..20], 0));
    }

    // RFC 8200 §3.
    private static void WriteIp6(Span<byte> ip, IPAddress source, IPAddress destination, int payload)
    {
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)payload);
        ip[6] = Udp;
        ip[7] = 64;
        source.MapToIPv6().TryWriteBytes(ip[8..24], out _);
        destination.MapToIPv6().TryWriteBytes(ip[24..40], out _);
    }

    private static ushort UdpChecksum(ReadOnlySpan<byte> addresses, ReadOnlySpan<byte> udp)
    {
        var sum = (ushort)~Sum(udp, Sum(addresses, (uint)(udp.Length + Udp)));
        return sum == 0 ? (ushort)0xffff : sum;
    }

    // RFC 1071.
    private static ushort Sum(ReadOnlySpan<byte> octets, uint sum)
    {
        for (; octets.Length > 1; octets = octets[2..])
            sum += BinaryPrimitives.ReadUInt16BigEndian(octets);
        if (octets.Length == 1)
            sum += (uint)octets[0] << 8;
        while (sum > 0xffff)
            sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)sum;
    }
}
