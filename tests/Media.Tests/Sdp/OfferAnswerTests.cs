using System.Net;
using System.Text;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Sdp;

namespace UnifiedMsg.Media.Tests.Sdp;

public sealed class OfferAnswerTests
{
    private static readonly LocalAudio Us = new() { Rtp = new IPEndPoint(IPAddress.Loopback, 20000), SessionId = 7 };

    [Theory]
    [InlineData("0 8", "PCMU")]
    [InlineData("8 0", "PCMA")]
    [InlineData("18 8 9", "PCMA")]
    public void Takes_the_first_codec_of_the_offer_that_we_speak(string formats, string codec)
    {
        var (answer, audio) = Answer(Offer($"m=audio 4000 RTP/AVP {formats}"));
        Assert.Equal(codec, audio.Codec.Name);
        Assert.Equal(audio.PayloadType.ToString(), Assert.Single(answer.Media).Formats[0]);
        Assert.Equal(new IPEndPoint(IPAddress.Parse("192.0.2.10"), 4000), audio.Remote);
        Assert.Equal(new IPEndPoint(IPAddress.Parse("192.0.2.10"), 4001), audio.RemoteRtcp);
    }

    [Fact]
    public void Keeps_the_numbers_of_dynamic_payload_types()
    {
        var (answer, audio) = Answer(Offer(
            "m=audio 4000 RTP/AVP 96 121 122\na=rtpmap:96 pcma/8000/1\na=rtpmap:121 telephone-event/48000\na=rtpmap:122 telephone-event/8000"));
        Assert.Same(AudioCodec.Pcma, audio.Codec);
        Assert.Equal((96, 122), (audio.PayloadType, audio.DtmfPayloadType));
        Assert.Equal(["96", "122"], answer.Media[0].Formats);
        Assert.Contains("a=fmtp:122 0-15\r\n", Text(answer));
    }

    [Fact]
    public void Offers_no_events_to_one_that_offered_none()
    {
        var (answer, audio) = Answer(Offer("m=audio 4000 RTP/AVP 0"));
        Assert.Null(audio.DtmfPayloadType);
        Assert.DoesNotContain("telephone-event", Text(answer));
    }

    [Fact]
    public void Refuses_other_streams_with_port_0_in_their_places()
    {
        var (answer, audio) = Answer(Offer(
            "m=video 5000 RTP/AVP 31", "m=audio 6000 RTP/SAVP 0", "m=audio 4000 RTP/AVP 0", "m=audio 4002 RTP/AVP 0", "m=image 4004 udptl t38"));
        Assert.Equal([0, 0, 20000, 0, 0], answer.Media.Select(media => media.Port));
        Assert.Equal(["video", "audio", "audio", "audio", "image"], answer.Media.Select(media => media.Kind));
        Assert.Equal("RTP/SAVP", answer.Media[1].Protocol);
        Assert.Equal(4000, audio.Remote!.Port);
    }

    [Theory]
    [InlineData("m=audio 4000 RTP/SAVP 0", "RTP/SAVP")]
    [InlineData("m=audio 4000 RTP/AVP 18", "codec")]
    [InlineData("m=audio 4000 RTP/AVP 96\na=rtpmap:96 PCMU/16000", "codec")]
    [InlineData("m=audio 4000 RTP/AVP 96\na=rtpmap:96 PCMU/8000/2", "codec")]
    [InlineData("m=audio 0 RTP/AVP 0", "No audio")]
    [InlineData("m=video 4000 RTP/AVP 31", "No audio")]
    public void Refuses_an_offer_without_anything_for_us(string media, string word)
    {
        Assert.False(OfferAnswer.TryAnswer(Offer(media), Us, out _, out _, out var refusal));
        Assert.Contains(word, refusal);
    }

    [Theory]
    [InlineData("a=sendrecv", MediaDirection.SendReceive, "a=sendrecv")]
    [InlineData("a=sendonly", MediaDirection.ReceiveOnly, "a=recvonly")]
    [InlineData("a=recvonly", MediaDirection.SendOnly, "a=sendonly")]
    [InlineData("a=inactive", MediaDirection.Inactive, "a=inactive")]
    [InlineData("c=IN IP4 0.0.0.0", MediaDirection.ReceiveOnly, "a=recvonly")]
    public void Follows_the_direction(string line, MediaDirection direction, string written)
    {
        var (answer, audio) = Answer(Offer($"m=audio 4000 RTP/AVP 0\n{line}"));
        Assert.Equal(direction, audio.Direction);
        Assert.Contains($"{written}\r\n", Text(answer));
    }

    [Fact]
    public void A_direction_of_the_session_holds_where_the_stream_says_nothing()
    {
        var offer = SdpParserTests.Parse("v=0\no=- 1 1 IN IP4 192.0.2.10\nc=IN IP4 192.0.2.10\na=sendonly\nm=audio 4000 RTP/AVP 0\n");
        Assert.Equal(MediaDirection.ReceiveOnly, Answer(offer).Audio.Direction);
    }

    [Theory]
    [InlineData("a=ptime:30", 30)]
    [InlineData("a=ptime:25", 20)]
    [InlineData("a=ptime:500", 20)]
    [InlineData("a=ptime:40\na=maxptime:30", 30)]
    [InlineData("a=maxptime:15", 10)]
    [InlineData("a=maxptime:1", 10)]
    public void Chooses_a_packet_length_that_the_other_side_can_take(string lines, int ptime) =>
        Assert.Equal(ptime, Answer(Offer($"m=audio 4000 RTP/AVP 0\n{lines}")).Audio.Ptime);

    [Fact]
    public void Rtcp_goes_where_the_attribute_says() =>
        Assert.Equal(
            new IPEndPoint(IPAddress.Parse("192.0.2.99"), 5005),
            Answer(Offer("m=audio 4000 RTP/AVP 0\na=rtcp:5005 IN IP4 192.0.2.99")).Audio.RemoteRtcp);

    [Fact]
    public void A_host_name_leaves_the_address_to_the_latch() =>
        Assert.Null(Answer(Offer("m=audio 4000 RTP/AVP 0\nc=IN IP4 phone.example.test")).Audio.Remote);

    [Fact]
    public void Our_offer_and_our_answer_agree()
    {
        var them = new LocalAudio { Rtp = new IPEndPoint(IPAddress.Parse("192.0.2.20"), 30000), SessionId = 9 };
        var offer = OfferAnswer.CreateOffer(Us);
        Assert.True(OfferAnswer.TryAnswer(offer, them, out var answer, out var theirs, out _));
        Assert.True(OfferAnswer.TryAccept(offer, SdpParserTests.Parse(Text(answer)), Us, out var ours, out _));
        Assert.Same(ours.Codec, theirs.Codec);
        Assert.Equal(ours.DtmfPayloadType, theirs.DtmfPayloadType);
        Assert.Equal((them.Rtp, Us.Rtp), (ours.Remote, theirs.Remote));
    }

    [Fact]
    public void An_answer_with_other_numbers_is_sent_those_and_received_under_ours()
    {
        var offer = OfferAnswer.CreateOffer(Us);
        var answer = Offer("m=audio 4000 RTP/AVP 8 110\na=rtpmap:110 telephone-event/8000");
        Assert.True(OfferAnswer.TryAccept(offer, answer, Us, out var audio, out _));
        Assert.Equal((110, 101), (audio.DtmfPayloadType, audio.ReceiveDtmfPayloadType));
        Assert.Equal((8, 8), (audio.PayloadType, audio.ReceivePayloadType));
    }

    [Theory]
    [InlineData("m=audio 0 RTP/AVP 0")]
    [InlineData("m=audio 4000 RTP/AVP 18")]
    public void An_answer_that_takes_nothing_is_refused(string media) =>
        Assert.False(OfferAnswer.TryAccept(OfferAnswer.CreateOffer(Us), Offer(media), Us, out _, out _));

    // RFC 3264 §8: the second offer has the streams of the first description in their places, and our stream in its own.
    [Fact]
    public void Our_new_offer_keeps_the_places_of_all_streams()
    {
        var (before, _) = Answer(Offer("m=video 5000 RTP/AVP 31", "m=audio 4000 RTP/AVP 0", "m=image 4004 udptl t38"));
        var again = Us with { Before = before, Version = 2 };
        var offer = OfferAnswer.CreateOffer(again);
        Assert.Equal(["video", "audio", "image"], offer.Media.Select(media => media.Kind));
        Assert.Equal([0, 20000, 0], offer.Media.Select(media => media.Port));
        Assert.Equal((before.Origin.SessionId, "2"), (offer.Origin.SessionId, offer.Origin.Version));
        var answer = Offer("m=video 0 RTP/AVP 31", "m=audio 4000 RTP/AVP 8", "m=image 0 udptl t38");
        Assert.True(OfferAnswer.TryAccept(offer, answer, again, out var audio, out _));
        Assert.Same(AudioCodec.Pcma, audio.Codec);
        Assert.False(OfferAnswer.TryAccept(offer, Offer("m=audio 4000 RTP/AVP 8"), again, out _, out _));
    }

    // RFC 3264 §6: the time of an answer is that of its offer.
    [Theory]
    [InlineData("t=0 0", "t=0 0")]
    [InlineData("t=2873397496 2873404696", "t=2873397496 2873404696")]
    [InlineData("t=now", "t=0 0")]
    public void Answers_at_the_time_of_the_offer(string line, string written) =>
        Assert.Contains(
            $"\r\n{written}\r\n",
            Text(Answer(SdpParserTests.Parse($"v=0\no=- 1 1 IN IP4 192.0.2.10\ns=-\nc=IN IP4 192.0.2.10\n{line}\nm=audio 4000 RTP/AVP 0\n")).Answer));

    [Theory]
    [InlineData("m=audio 4000 RTP/AVP 0\na=rtcp-mux", true)]
    [InlineData("m=audio 4000 RTP/AVP 0", false)]
    public void Rtcp_shares_the_port_when_both_want_it(string media, bool mux)
    {
        var (answer, audio) = Answer(Offer(media));
        Assert.Equal(mux, audio.RtcpMux);
        Assert.Equal(mux, Text(answer).Contains("a=rtcp-mux\r\n", StringComparison.Ordinal));
        var offer = OfferAnswer.CreateOffer(Us);
        Assert.Contains("a=rtcp-mux\r\n", Text(offer), StringComparison.Ordinal);
        Assert.True(OfferAnswer.TryAccept(offer, Offer(media), Us, out audio, out _));
        Assert.Equal(mux, audio.RtcpMux);
    }

    // Sound of ours must not be sent to a whole network because somebody says so.
    [Theory]
    [InlineData("c=IN IP4 224.0.0.1/127")]
    [InlineData("c=IN IP4 255.255.255.255")]
    [InlineData("c=IN IP6 ff02::1")]
    [InlineData("c=IN IP6 ::ffff:224.0.0.1")]
    [InlineData("c=IN IP6 ::ffff:0.0.0.0")]
    [InlineData("c=IN IP4 10")]
    public void Groups_and_names_are_no_address_to_send_to(string line) =>
        Assert.Null(Answer(Offer($"m=audio 4000 RTP/AVP 0\n{line}")).Audio.Remote);

    [Theory]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::ffff:224.0.0.1")]
    [InlineData("0.0.0.0")]
    public void Nor_are_they_for_reports(string address) =>
        Assert.Null(Answer(Offer($"m=audio 4000 RTP/AVP 0\na=rtcp:5005 IN {(address.Contains(':', StringComparison.Ordinal) ? "IP6" : "IP4")} {address}")).Audio.RemoteRtcp);

    [Fact]
    public void A_link_local_address_is_written_without_its_scope()
    {
        var us = Us with { Rtp = new IPEndPoint(IPAddress.Parse("fe80::1%3"), 20000) };
        Assert.Contains("c=IN IP6 fe80::1\r\n", Text(OfferAnswer.CreateOffer(us)), StringComparison.Ordinal);
    }

    private static SessionDescription Offer(params string[] media) =>
        SdpParserTests.Parse($"v=0\no=- 1 1 IN IP4 192.0.2.10\ns=-\nc=IN IP4 192.0.2.10\nt=0 0\n{string.Join('\n', media)}\n");

    private static (SessionDescription Answer, NegotiatedAudio Audio) Answer(SessionDescription offer)
    {
        Assert.True(OfferAnswer.TryAnswer(offer, Us, out var answer, out var audio, out var refusal), refusal);
        return (answer, audio);
    }

    private static string Text(SessionDescription session) => Encoding.UTF8.GetString(SdpWriter.Write(session));
}
