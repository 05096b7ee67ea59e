using System.Text;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Fuzz;

/// <summary>RTP, RTCP, SRTP, STUN, SDP and WAV from hostile octets.</summary>
public sealed class MediaFuzz
{
    private const string Head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";

    private static readonly string Fingerprint = string.Join(':', Enumerable.Repeat("4A", 32));

    private static readonly byte[][] RtpPackets =
    [
        [0x80, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 7, 1, 2, 3],
        [0x80, 0x80 | 101, 0, 1, 0, 0, 0, 160, 0, 0, 0, 7, 5, 0x8A, 3, 0x20],
        [0xB2, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0xBE, 0xDE, 0, 1, 1, 2, 3, 4, 42, 0, 2],
    ];

    private static readonly byte[][] Descriptions =
    [
        .. new[]
        {
            Head + "m=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n",
            Head + "m=audio 4000 RTP/AVP 111 9 96 13 101 110\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1;maxplaybackrate=16000\r\n"
                + "a=rtpmap:96 L16/44100/1\r\na=rtpmap:101 telephone-event/8000\r\na=rtpmap:110 telephone-event/48000\r\na=maxptime:60\r\n",
            Head + "m=video 5000/2 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 96\r\na=rtpmap:96 PCMA/8000/1\r\na=rtcp:4005 IN IP4 192.0.2.9\r\na=maxptime:30\r\n",
            Head + "a=inactive\r\nm=audio 4000 RTP/SAVP 0\r\nc=IN IP6 2001:db8::1\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\r\na=rtcp-mux\r\n",
            Head + "a=group:BUNDLE a0\r\na=fingerprint:sha-256 " + Fingerprint + "\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=ice-ufrag:Ab3/\r\na=ice-pwd:0123456789abcdefghijkl\r\na=setup:actpass\r\na=mid:a0\r\na=rtcp-mux\r\n",
            "v=0\no=a 18446744073709551615 1 IN IP4 phone.example.test\nc=IN IP4 0.0.0.0/127/3\nm=audio 0 RTP/AVP 0\nm=image 1 udptl t38\n",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    [Fact]
    public void MutatedRtp() => Mutations.Run(MediaTargets.Rtp, RtpPackets, 50_000);

    [Fact]
    public void MutatedPayloads() => Mutations.Run(MediaTargets.Payload, [[0x48, 0xC0, 1, 2, 3, 4, 5, 6, 7, 8], [0x4B, 0x82, 3, 1, 2, 3, 4], new byte[160]], 20_000);

    [Fact]
    public void MutatedRtcp() => Mutations.Run(MediaTargets.Rtcp, [Report(true, true), Report(true, false), Report(false, true), Report(false, false)], 50_000);

    [Fact]
    public void MutatedSdp() => Mutations.Run(MediaTargets.Sdp, Descriptions, 50_000);

    [Fact]
    public void MutatedCrypto() => Mutations.Run(
        MediaTargets.Crypto,
        [
            "1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20 WSH=128 -x"u8.ToArray(),
            "2 AES_256_CM_HMAC_SHA1_80 inline:GTuZoqOsesiK4wfyL7Rsq6uHHwhqVGA+aVuAUnsmWktYacZyJu6/6tUQeUti0Q==|2^20|1:4 KDR=3"u8.ToArray(),
        ],
        50_000);

    [Fact]
    public void MutatedSrtp() => Mutations.Run(MediaTargets.Srtp, Protected.Packets, 2_000);

    // RFC 5769 §2.1 and §2.2.
    [Fact]
    public void MutatedStun() => Mutations.Run(
        MediaTargets.Stun,
        [
            Convert.FromHexString("000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36"
                + "000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf"),
            Convert.FromHexString("0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a64300080014"
                + "2b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96"),
        ],
        50_000);

    [Fact]
    public void MutatedWav() => Mutations.Run(MediaTargets.Wav, [WavFile.Write(Clip), .. Wavs(), Rf64()], 50_000);

    private static AudioClip Clip { get; } = new(new short[] { 1, 2, 3 }, 8000);

    private static byte[] Report(bool sender, bool reception)
    {
        var datagram = new byte[256];
        var length = RtcpReport.Write(
            datagram, 9, sender ? new RtcpSenderInfo(1, 2, 3, 4) : null, reception ? new RtcpReception(7, 1, -2, 3, 4, 5, 6) : null, "a@b"u8, true);
        return datagram[..length];
    }

    private static IEnumerable<byte[]> Wavs() =>
        from format in new[] { (WavEncoding.Pcm, 8), (WavEncoding.Pcm, 24), (WavEncoding.Float, 32), (WavEncoding.Float, 64), (WavEncoding.ALaw, 8) }
        from channels in new[] { 1, 2 }
        select WavFile.Write(Clip, new WavFormat(format.Item1, format.Item2, channels, 8000));

    private static byte[] Rf64()
    {
        var file = WavFile.Write(Clip);
        byte[] sizes = [.. "ds64"u8, 28, 0, 0, 0, .. new byte[8], 6, .. new byte[19]];
        return [.. "RF64"u8, .. file[4..12], .. sizes, .. file[12..40], 255, 255, 255, 255, .. file[44..]];
    }
}
