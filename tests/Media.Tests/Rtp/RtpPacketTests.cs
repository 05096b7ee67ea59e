using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Tests.Rtp;

public sealed class RtpPacketTests
{
    [Fact]
    public void What_is_written_reads_back_the_same()
    {
        var datagram = new byte[RtpPacket.HeaderLength + 3];
        RtpPacket.WriteHeader(datagram, 101, true, 0xFFFE, 0xFFFFFF00, 0xDEADBEEF);
        datagram[^1] = 7;
        Assert.True(RtpPacket.TryParse(datagram, out var packet));
        Assert.Equal((101, true, (ushort)0xFFFE, 0xFFFFFF00u, 0xDEADBEEFu), (packet.PayloadType, packet.Marker, packet.Sequence, packet.Timestamp, packet.Ssrc));
        Assert.Equal([0, 0, 7], packet.Payload.ToArray());
    }

    [Fact]
    public void Contributing_sources_extension_and_padding_are_no_payload()
    {
        byte[] datagram =
        [
            0xB2, 0x00, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3,  // version 2, padding, extension, two contributing sources
            0, 0, 0, 4, 0, 0, 0, 5,
            0xBE, 0xDE, 0, 1, 1, 2, 3, 4,              // an extension of one word
            42, 43,
            0, 2,                                      // two octets of padding
        ];
        Assert.True(RtpPacket.TryParse(datagram, out var packet));
        Assert.Equal([42, 43], packet.Payload.ToArray());
    }

    [Theory]
    [InlineData(new byte[] { 0x80, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })] // a header alone, every field at its most
    [InlineData(new byte[] { 0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })] // an extension of no words
    [InlineData(new byte[] { 0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3 })] // nothing but padding
    public void A_packet_may_carry_nothing(byte[] datagram)
    {
        Assert.True(RtpPacket.TryParse(datagram, out var packet));
        Assert.True(packet.Payload.IsEmpty);
        Assert.Equal((datagram[1] & 0x7F, datagram[1] >> 7 == 1, (ushort)(datagram[2] << 8 | datagram[3])), (packet.PayloadType, packet.Marker, packet.Sequence));
    }

    [Fact]
    public void Fifteen_contributing_sources_are_the_most()
    {
        var datagram = new byte[RtpPacket.HeaderLength + 15 * 4 + 1];
        datagram[0] = 0x8F;
        datagram[^1] = 5;
        Assert.True(RtpPacket.TryParse(datagram, out var packet));
        Assert.Equal([5], packet.Payload.ToArray());
        Assert.False(RtpPacket.TryParse(datagram.AsSpan(0, datagram.Length - 2), out _));
    }

    [Fact]
    public void No_datagram_is_read_beyond_its_end()
    {
        var random = new Random(2);
        for (var i = 0; i < 20_000; i++)
        {
            var datagram = new byte[random.Next(40)];
            random.NextBytes(datagram);
            if (datagram.Length > 0)
                datagram[0] = (byte)(0x80 | datagram[0] & 0x3F);
            if (RtpPacket.TryParse(datagram, out var packet))
                Assert.InRange(packet.Payload.Length, 0, datagram.Length - RtpPacket.HeaderLength);
        }
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })] // too short
    [InlineData(new byte[] { 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })] // version 1
    [InlineData(new byte[] { 0x81, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })] // a contributing source is missing
    [InlineData(new byte[] { 0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })] // the extension has no length
    [InlineData(new byte[] { 0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 })] // the extension is cut
    [InlineData(new byte[] { 0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9 })] // more padding than there is
    [InlineData(new byte[] { 0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })] // padding of nothing
    public void Refuses_what_is_no_packet(byte[] datagram) => Assert.False(RtpPacket.TryParse(datagram, out _));
}
