using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Tests.Rtp;

public sealed class RtcpReportTests
{
    private static readonly RtcpSenderInfo Sender = new(0x0102030405060708, 160, 50, 8000);
    private static readonly RtcpReception Reception = new(7, 64, -3, 0x0001FFFF, 12, 0x03040506, 65536);

    [Fact]
    public void What_is_written_reads_back_the_same()
    {
        var datagram = Write(Sender, Reception, bye: true);
        Assert.Equal(0, datagram.Length % 4);
        Assert.True(RtcpReport.TryParse(datagram, us: 7, out var report));
        Assert.Equal(new RtcpReport(9, Sender, Reception, true), report);
    }

    [Fact]
    public void A_block_about_somebody_else_is_not_about_us()
    {
        Assert.True(RtcpReport.TryParse(Write(null, Reception, bye: false), us: 8, out var report));
        Assert.Equal(new RtcpReport(9, null, null, false), report);
    }

    [Fact]
    public void Nothing_received_is_a_report_without_blocks()
    {
        var datagram = Write(null, null, bye: false);
        Assert.Equal([0x80, 201, 0, 1], datagram[..4]);
        Assert.True(RtcpReport.TryParse(datagram, us: 7, out _));
    }

    [Fact]
    public void Refuses_every_cut_and_a_wrong_version()
    {
        var datagram = Write(Sender, Reception, bye: true);
        var whole = new[] { 52, datagram.Length - 8 }; // where the report and the description end, a cut leaves valid packets
        for (var length = 0; length < datagram.Length; length++)
        {
            if (!whole.Contains(length))
                Assert.False(RtcpReport.TryParse(datagram.AsSpan(0, length), 7, out _), $"{length} bytes were taken");
        }
        datagram[52] = 0x41;
        Assert.False(RtcpReport.TryParse(datagram, 7, out _));
        datagram[52] = 0x81;
        datagram[1] = 202;
        Assert.False(RtcpReport.TryParse(datagram, 7, out _));
    }

    private static byte[] Write(RtcpSenderInfo? sender, RtcpReception? reception, bool bye)
    {
        var datagram = new byte[256];
        return datagram[..RtcpReport.Write(datagram, 9, sender, reception, "caller@um"u8, bye)];
    }
}
