using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Ice;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Srtp;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Fuzz;

/// <summary>Fuzz targets of what comes over the media path, and of files that people bring.</summary>
public static class MediaTargets
{
    // 120 ms at 16 kHz.
    private const int LongestOpus = 1920;

    private static readonly AudioCodec[] Codecs = [.. AudioCodec.BuiltIn, .. AudioCodec.Opus is { } opus ? [opus] : (AudioCodec[])[]];
    private static readonly Media.Dtls.CertificateFingerprint Certificate = Media.Dtls.CertificateFingerprint.Of([1]);

    /// <summary>The target: a payload lies within its datagram; keys come only from payloads of their length.</summary>
    public static void Rtp(ReadOnlySpan<byte> input)
    {
        if (!RtpPacket.TryParse(input, out var packet))
            return;
        if (packet.Payload.Length > input.Length - RtpPacket.HeaderLength || packet.PayloadType is < 0 or > 127)
            throw new InvalidOperationException("The packet reaches beyond its datagram.");
        if (TelephoneEvent.TryParse(packet.Payload, out var key) && packet.Payload.Length < TelephoneEvent.Length)
            throw new InvalidOperationException($"Event {key.Event} was read from {packet.Payload.Length} octets.");
    }

    /// <summary>The target: every codec gives as many samples as it said, whatever the payload.</summary>
    public static void Payload(ReadOnlySpan<byte> input)
    {
        foreach (var codec in Codecs)
        {
            using var decoder = codec.CreateDecoder();
            var count = decoder.SamplesIn(input);
            if (count < 0 || count > Math.Max(2 * input.Length, LongestOpus))
                throw new InvalidOperationException($"{codec}: {input.Length} octets would be {count} samples.");
            if (count > 0 && decoder.Decode(input, new short[count]) != count)
                throw new InvalidOperationException($"{codec}: not {count} samples.");
            decoder.Recover(input, new short[480]);
        }
    }

    /// <summary>The target: what was read can be written and read again.</summary>
    public static void Rtcp(ReadOnlySpan<byte> input)
    {
        if (!RtcpReport.TryParse(input, us: 7, out var report))
            return;
        var again = new byte[256];
        var length = RtcpReport.Write(again, report.Ssrc, report.Sender, report.AboutUs, "x"u8, report.Bye);
        if (!RtcpReport.TryParse(again.AsSpan(0, length), report.AboutUs?.Ssrc ?? 7, out var same) || same != report)
            throw new InvalidOperationException("The report differs after writing it.");
    }

    /// <summary>The target: what was read writes to something that reads the same, and any offer can be answered or refused.</summary>
    public static void Sdp(ReadOnlySpan<byte> input)
    {
        if (!SdpParser.TryParse(input, out var session, out _))
            return;
        foreach (var policy in Enum.GetValues<SrtpPolicy>())
            Negotiate(session, new LocalAudio { Rtp = new(System.Net.IPAddress.Loopback, 4000), SessionId = 1, Codecs = Codecs, Srtp = policy, Fingerprint = Certificate });
    }

    private static void Negotiate(SessionDescription session, LocalAudio local)
    {
        if (OfferAnswer.TryAnswer(session, local, out var answer, out var audio, out _))
        {
            if (answer.Media.Count != session.Media.Count || audio.Ptime is < 10 or > 60)
                throw new InvalidOperationException("The answer does not fit the offer.");
            var isProtected = audio.Keys is not null || audio.Dtls is not null;
            if (!isProtected && local.Srtp == SrtpPolicy.Required || isProtected && local.Srtp == SrtpPolicy.Off)
                throw new InvalidOperationException("The answer is against the policy.");
            if (!SdpParser.TryParse(SdpWriter.Write(answer), out _, out var error))
                throw new InvalidOperationException($"Our own answer is refused: {error}");
        }
        OfferAnswer.TryAccept(OfferAnswer.CreateOffer(local), session, local, out _, out _);
    }

    /// <summary>The target: attributes lie within the message, and nobody is answered who does not know the password.</summary>
    public static void Stun(ReadOnlySpan<byte> input)
    {
        if (StunMessage.TryParse(input, out var message))
        {
            var attributes = message.Attributes;
            var length = StunMessage.HeaderLength;
            while (attributes.MoveNext())
                length += 4 + (attributes.Value.Length + 3) / 4 * 4;
            if (length != input.Length)
                throw new InvalidOperationException("The attributes do not fill the message.");
        }
        Span<byte> response = stackalloc byte[StunWriter.MaxLength];
        var source = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 1).Serialize();
        if (new IceLite(IceParameters.For("them")).Take(input, source, response, out var answer) != IceCheck.Ignored || answer != 0)
            throw new InvalidOperationException("A stranger was answered.");
    }

    /// <summary>The target: an <c>a=crypto</c> that was read writes to one that reads the same, and is nowhere shown.</summary>
    public static void Crypto(ReadOnlySpan<byte> input)
    {
        if (!CryptoAttribute.TryParse(System.Text.Encoding.UTF8.GetString(input), out var crypto))
            return;
        if (!CryptoAttribute.TryParse(crypto.Write().Value!, out var again) || again.Tag != crypto.Tag || !again.Key.Matches(crypto.Key))
            throw new InvalidOperationException("The attribute differs after writing it.");
    }

    /// <summary>The target: nothing that was not protected with the key is taken, as a packet or as a report.</summary>
    public static void Srtp(ReadOnlySpan<byte> input)
    {
        foreach (var suite in SrtpSuite.All)
        {
            using var session = Protected.Session(suite);
            var packet = input.ToArray();
            if (session.TryUnprotect(packet, out var length) && !Protected.IsOurs(input, suite))
                throw new InvalidOperationException($"{suite} took a forged packet.");
            if (length > input.Length)
                throw new InvalidOperationException("The packet reaches beyond its datagram.");
            packet = input.ToArray();
            if (session.TryUnprotectReport(packet, out length) && !Protected.IsOurs(input, suite))
                throw new InvalidOperationException($"{suite} took a forged report.");
            if (length > input.Length)
                throw new InvalidOperationException("The report reaches beyond its datagram.");
        }
    }

    /// <summary>The target: a file is refused or gives no more samples than it has octets, which all formats write and read again.</summary>
    public static void Wav(ReadOnlySpan<byte> input)
    {
        if (!WavReader.TryRead(input, out var clip, out _))
            return;
        if (clip.Samples.Length > input.Length)
            throw new InvalidOperationException("More samples than octets.");
        foreach (var (encoding, bits) in new[] { (WavEncoding.Pcm, 8), (WavEncoding.Pcm, 24), (WavEncoding.Float, 32), (WavEncoding.MuLaw, 8) })
        {
            var file = WavFile.Write(clip, new WavFormat(encoding, bits, 1, clip.SampleRate));
            if (!WavReader.TryRead(file, out var again, out var error) || again.Samples.Length != clip.Samples.Length)
                throw new InvalidOperationException($"{encoding} of {bits} bits does not come back: {error}");
        }
    }
}
