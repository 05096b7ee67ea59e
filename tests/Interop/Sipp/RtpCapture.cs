using System.Buffers.Binary;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Interop.Sipp;

/// <summary>
/// Speech as RTP packets in a capture file (classic pcap, Ethernet) that sipp plays at its pace: the sipp of Debian has neither Opus nor SRTP
/// of its own. It puts its own addresses and ports into the packets.
/// </summary>
internal static class RtpCapture
{
    private const int Headers = 14 + 20 + 8;
    private const int PacketsInSecond = 50;
    private const int MaxPayload = 1400;

    /// <summary>The file.</summary>
    /// <param name="speech">What is said.</param>
    /// <param name="codec">How.</param>
    /// <param name="payloadType">Under which number.</param>
    /// <param name="key">What the caller sends with; null for packets in clear.</param>
    public static byte[] Of(AudioClip speech, AudioCodec codec, int payloadType, SrtpKey? key = null)
    {
        using var session = key is null ? null : new SrtpSession(new SrtpKeys(key, SrtpKey.Generate(key.Suite)));
        using var file = new MemoryStream();
        Span<byte> head = stackalloc byte[24];
        head.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(head, 0xa1b2c3d4);
        BinaryPrimitives.WriteUInt16LittleEndian(head[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(head[6..], 4);
        BinaryPrimitives.WriteInt32LittleEndian(head[16..], 65535);
        BinaryPrimitives.WriteInt32LittleEndian(head[20..], 1);
        file.Write(head);
        using var encoder = codec.CreateEncoder();
        var samples = speech.Resample(codec.SampleRate).Samples.Span;
        var perPacket = codec.SampleRate / PacketsInSecond;
        var packet = new byte[RtpPacket.HeaderLength + MaxPayload + SrtpSession.MaxOverhead];
        for (var i = 0; (i + 1) * perPacket <= samples.Length; i++)
        {
            RtpPacket.WriteHeader(packet, payloadType, i == 0, (ushort)i, (uint)(i * (codec.ClockRate / PacketsInSecond)), 0xCAFE);
            var length = RtpPacket.HeaderLength + encoder.Encode(samples.Slice(i * perPacket, perPacket), packet.AsSpan(RtpPacket.HeaderLength));
            if (session is not null)
                length = session.Protect(packet, length);
            Write(file, packet.AsSpan(0, length), i * 20_000L);
        }
        return file.ToArray();
    }

    // Record header, Ethernet, IPv4, UDP.
    private static void Write(MemoryStream file, ReadOnlySpan<byte> payload, long microseconds)
    {
        Span<byte> record = stackalloc byte[16 + Headers];
        record.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(record, (int)(microseconds / 1_000_000));
        BinaryPrimitives.WriteInt32LittleEndian(record[4..], (int)(microseconds % 1_000_000));
        BinaryPrimitives.WriteInt32LittleEndian(record[8..], Headers + payload.Length);
        BinaryPrimitives.WriteInt32LittleEndian(record[12..], Headers + payload.Length);
        var frame = record[16..];
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], 0x0800);
        var ip = frame[14..];
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(28 + payload.Length));
        ip[8] = 64;
        ip[9] = 17;
        BinaryPrimitives.WriteUInt16BigEndian(ip[20..], 40000);
        BinaryPrimitives.WriteUInt16BigEndian(ip[22..], 40000);
        BinaryPrimitives.WriteUInt16BigEndian(ip[24..], (ushort)(8 + payload.Length));
        file.Write(record);
        file.Write(payload);
    }
}
