using System.Net;
using System.Text;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Sdp;

namespace UnifiedMsg.Media.Tests.Sdp;

/// <summary>Which codec is agreed on, with which telephone-events, noise and packet length.</summary>
public sealed class CodecNegotiationTests
{
    private const string Wideband = "m=audio 4000 RTP/AVP 0 9 8 13 101\na=rtpmap:101 telephone-event/8000";

    private static readonly LocalAudio Us = new()
    {
        Rtp = new IPEndPoint(IPAddress.Loopback, 20000),
        SessionId = 7,
        Codecs = [AudioCodec.G722, AudioCodec.Pcma, AudioCodec.Pcmu],
    };

    // Negotiates like Opus, without the library.
    private static readonly LocalAudio WithOpus = Us with { Codecs = [new Opus48(), .. AudioCodec.BuiltIn] };

    [Theory]
    [InlineData(false, "PCMU")]
    [InlineData(true, "G722")]
    public void The_order_of_the_offer_decides_or_ours(bool oursFirst, string codec) =>
        Assert.Equal(codec, Answer(Wideband, Us with { OursFirst = oursFirst }).Audio.Codec.Name);

    [Fact]
    public void Only_what_is_configured_is_spoken()
    {
        var (answer, audio) = Answer("m=audio 4000 RTP/AVP 9 0", Us with { Codecs = [AudioCodec.Pcmu] });
        Assert.Same(AudioCodec.Pcmu, audio.Codec);
        Assert.Equal(["0"], answer.Media[0].Formats);
    }

    [Fact]
    public void G722_is_answered_with_the_clock_that_it_has_in_RTP()
    {
        var (answer, audio) = Answer("m=audio 4000 RTP/AVP 9 101\na=rtpmap:9 G722/8000\na=rtpmap:101 telephone-event/8000", Us);
        Assert.Equal((9, 101), (audio.PayloadType, audio.DtmfPayloadType));
        Assert.Contains("a=rtpmap:9 G722/8000\r\n", Text(answer));
    }

    // RFC 7587 §7: 48000/2 whatever is coded, and what each side says about itself.
    [Fact]
    public void Opus_is_answered_as_its_standard_says()
    {
        var (answer, audio) = Answer(
            "m=audio 4000 RTP/AVP 111 0 101 110\na=rtpmap:111 OPUS/48000/2\na=fmtp:111 minptime=10;useinbandfec=1\n"
            + "a=rtpmap:101 telephone-event/8000\na=rtpmap:110 telephone-event/48000", WithOpus);
        Assert.Equal((111, "minptime=10;useinbandfec=1"), (audio.PayloadType, audio.Parameters));
        Assert.Contains("a=rtpmap:111 opus/48000/2\r\n", Text(answer));
        Assert.Contains("a=fmtp:111 useinbandfec=1\r\n", Text(answer));
        // RFC 4733 §2.1: the events have the clock of the audio.
        Assert.Equal((110, 110, 48000), (audio.DtmfPayloadType, audio.ReceiveDtmfPayloadType, audio.DtmfClockRate));
        Assert.Contains("a=rtpmap:110 telephone-event/48000\r\n", Text(answer));
        Assert.DoesNotContain("telephone-event/8000", Text(answer));
    }

    // baresip 1.0 is such a phone.
    [Fact]
    public void Events_of_another_clock_are_taken_where_there_are_no_others()
    {
        var (answer, audio) = Answer(
            "m=audio 4000 RTP/AVP 111 101\na=rtpmap:111 opus/48000/2\na=rtpmap:101 telephone-event/8000", WithOpus);
        Assert.Equal((101, 101, 8000), (audio.DtmfPayloadType, audio.ReceiveDtmfPayloadType, audio.DtmfClockRate));
        Assert.Contains("a=rtpmap:101 telephone-event/8000\r\n", Text(answer));
    }

    [Theory]
    [InlineData("m=audio 4000 RTP/AVP 111 0\na=rtpmap:111 opus/48000", "PCMU")]
    [InlineData("m=audio 4000 RTP/AVP 111 0\na=rtpmap:111 opus/16000/2", "PCMU")]
    [InlineData("m=audio 4000 RTP/AVP 10 11", "L16")]
    [InlineData("m=audio 4000 RTP/AVP 96 0\na=rtpmap:96 L16/16000/2", "PCMU")]
    [InlineData("m=audio 4000 RTP/AVP 96 0\na=rtpmap:96 L16/16000", "L16")]
    [InlineData("m=audio 4000 RTP/AVP 96 0\na=rtpmap:96 L16/22050", "PCMU")]
    [InlineData("m=audio 4000 RTP/AVP 96 0\na=rtpmap:96 L16/48000/x", "PCMU")]
    public void Clock_and_channels_have_to_be_right(string media, string codec) => Assert.Equal(codec, Answer(media, WithOpus).Audio.Codec.Name);

    [Fact]
    public void Comfort_noise_is_taken_where_it_is_offered()
    {
        var (answer, audio) = Answer(Wideband, Us);
        Assert.Equal(13, audio.ComfortNoisePayloadType);
        Assert.Equal(["0", "13", "101"], answer.Media[0].Formats);
        Assert.Contains("a=rtpmap:13 CN/8000\r\n", Text(answer));
        (answer, audio) = Answer("m=audio 4000 RTP/AVP 96 13 97\na=rtpmap:96 L16/16000\na=rtpmap:97 CN/16000", WithOpus);
        Assert.Equal(97, audio.ComfortNoisePayloadType);
        Assert.Null(Answer("m=audio 4000 RTP/AVP 0", Us).Audio.ComfortNoisePayloadType);
    }

    [Theory]
    [InlineData("L16/48000", 10)]
    [InlineData("L16/16000", 40)]
    public void Packets_of_many_bytes_are_short(string encoding, int ptime) =>
        Assert.Equal(ptime, Answer($"m=audio 4000 RTP/AVP 96\na=rtpmap:96 {encoding}\na=ptime:60", WithOpus).Audio.Ptime);

    [Fact]
    public void Our_offer_names_everything_and_is_understood_by_us()
    {
        var offer = OfferAnswer.CreateOffer(WithOpus);
        var text = Text(offer);
        Assert.Contains("a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n", text);
        Assert.Contains("a=rtpmap:9 G722/8000\r\n", text);
        Assert.Contains("a=rtpmap:97 L16/16000\r\n", text);
        Assert.DoesNotContain("L16/44100", text);
        Assert.Contains("a=rtpmap:102 telephone-event/48000\r\n", text);
        Assert.Contains("a=rtpmap:101 telephone-event/8000\r\n", text);
        Assert.Equal(offer.Media[0].Formats.Count, offer.Media[0].Formats.Distinct().Count());
        foreach (var codec in WithOpus.Codecs.Where(codec => codec.IsOffered))
        {
            var them = WithOpus with { Codecs = [codec] };
            Assert.True(OfferAnswer.TryAnswer(offer, them, out var answer, out var theirs, out _));
            Assert.True(OfferAnswer.TryAccept(offer, SdpParserTests.Parse(Text(answer)), WithOpus, out var ours, out _));
            Assert.Same(codec, ours.Codec);
            Assert.Same(codec, theirs.Codec);
            Assert.Equal((ours.PayloadType, ours.ReceivePayloadType), (theirs.PayloadType, theirs.ReceivePayloadType));
            Assert.NotNull(ours.DtmfPayloadType);
            Assert.Equal((ours.DtmfPayloadType, ours.ReceiveDtmfPayloadType), (theirs.DtmfPayloadType, theirs.ReceiveDtmfPayloadType));
        }
    }

    // Dynamic types of ours skip the numbers of telephone-events.
    [Fact]
    public void Many_codecs_have_many_numbers()
    {
        var offer = OfferAnswer.CreateOffer(WithOpus with { Codecs = [.. Enumerable.Repeat(AudioCodec.L16[0], 9), .. AudioCodec.L16] });
        Assert.Equal(offer.Media[0].Formats.Count, offer.Media[0].Formats.Distinct().Count());
    }

    private static (SessionDescription Answer, NegotiatedAudio Audio) Answer(string media, LocalAudio local)
    {
        var offer = SdpParserTests.Parse($"v=0\no=- 1 1 IN IP4 192.0.2.10\ns=-\nc=IN IP4 192.0.2.10\nt=0 0\n{media}\n");
        Assert.True(OfferAnswer.TryAnswer(offer, local, out var answer, out var audio, out var refusal), refusal);
        return (answer, audio);
    }

    private static string Text(SessionDescription session) => Encoding.UTF8.GetString(SdpWriter.Write(session));

    private sealed class Opus48 : AudioCodec
    {
        public override string Name => "opus";
        public override int ClockRate => 48000;
        public override int Channels => 2;
        public override int SampleRate => 16000;
        public override int? StaticPayloadType => null;
        public override string Parameters => "useinbandfec=1";
        public override IAudioEncoder CreateEncoder(string parameters = "") => throw new NotSupportedException();
        public override IAudioDecoder CreateDecoder() => throw new NotSupportedException();
    }
}
