using System.Buffers.Binary;

namespace UnifiedMsg.Media.Srtp;

/// <summary>The part of an RTP packet that SRTP leaves in clear (RFC 3711 §3.1).</summary>
internal static class SrtpHeader
{
    /// <summary>The longest packet: what the sockets receive at most.</summary>
    public const int MaxPacket = 2048;

    /// <summary>Reads it.</summary>
    /// <param name="packet">A packet, protected or not.</param>
    /// <param name="length">The length of the header with contributing sources and extension (RFC 3550 §5.1, §5.3.1).</param>
    /// <param name="ssrc">Who sends.</param>
    /// <param name="sequence">The sequence number.</param>
    public static bool TryRead(ReadOnlySpan<byte> packet, out int length, out uint ssrc, out ushort sequence)
    {
        (length, ssrc, sequence) = (12, 0, 0);
        if (packet.Length is < 12 or > MaxPacket || packet[0] >> 6 != 2)
            return false;
        length += (packet[0] & 0x0F) * 4;
        if ((packet[0] & 0x10) != 0)
        {
            if (packet.Length < length + 4)
                return false;
            length += 4 + BinaryPrimitives.ReadUInt16BigEndian(packet[(length + 2)..]) * 4;
        }
        sequence = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        ssrc = BinaryPrimitives.ReadUInt32BigEndian(packet[8..]);
        return length <= packet.Length;
    }
}
