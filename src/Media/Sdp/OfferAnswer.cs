using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace UnifiedMsg.Media.Sdp;

/// <summary>The offer/answer model (RFC 3264) for calls with one audio stream.</summary>
public static class OfferAnswer
{
    /// <summary>An offer of one audio stream with all our codecs and telephone-events.</summary>
    public static SessionDescription CreateOffer(LocalAudio local)
    {
        var formats = new List<string>();
        var attributes = new List<SdpAttribute>();
        AudioFormats.WriteOffer(local.Codecs, formats, attributes);
        attributes.Add(PtimeAttribute.Write(PtimeAttribute.Default));
        attributes.Add(new SdpAttribute(DirectionAttribute.Name(local.Direction)));
        return Describe(local, [Stream(local, "RTP/AVP", formats, attributes)]);
    }

    /// <summary>
    /// Answers an offer: the first audio stream that we can take gets the first of its codecs that we speak, or the first of ours that it
    /// has where <see cref="LocalAudio.OursFirst"/> says so; the others get port 0.
    /// </summary>
    /// <param name="offer">What came in the INVITE, or in the 200 to one without a body.</param>
    /// <param name="local">Our side.</param>
    /// <param name="answer">What goes back.</param>
    /// <param name="audio">What was agreed on.</param>
    /// <param name="refusal">Why nothing fits, for the Warning of a 488 (RFC 3261 §21.4.26).</param>
    public static bool TryAnswer(
        SessionDescription offer, LocalAudio local, [NotNullWhen(true)] out SessionDescription? answer,
        [NotNullWhen(true)] out NegotiatedAudio? audio, [NotNullWhen(false)] out string? refusal)
    {
        audio = null;
        answer = null;
        var streams = new List<MediaDescription>(offer.Media.Count);
        foreach (var media in offer.Media)
        {
            if (audio is null && IsPlainAudio(media) && Choose(offer, media, local, local.OursFirst) is { } chosen)
            {
                audio = chosen;
                streams.Add(AnswerStream(local, media, chosen));
            }
            else
            {
                // RFC 3264 §6: as many lines as in the offer; a refused one has port 0 and at least one of the offered formats.
                streams.Add(new MediaDescription { Kind = media.Kind, Port = 0, Protocol = media.Protocol, Formats = [media.Formats[0]] });
            }
        }
        if (audio is null)
        {
            refusal = Refusal(offer);
            return false;
        }
        answer = Describe(local, streams);
        refusal = null;
        return true;
    }

    /// <summary>Reads the answer to an offer of ours.</summary>
    /// <param name="offer">What <see cref="CreateOffer"/> made.</param>
    /// <param name="answer">What came back.</param>
    /// <param name="local">Our side, as it was offered.</param>
    /// <param name="audio">What was agreed on.</param>
    /// <param name="refusal">Why the answer can't be used.</param>
    public static bool TryAccept(
        SessionDescription offer, SessionDescription answer, LocalAudio local,
        [NotNullWhen(true)] out NegotiatedAudio? audio, [NotNullWhen(false)] out string? refusal)
    {
        audio = null;
        // RFC 3264 §6: streams match by position.
        if (answer.Media.Count == 0 || offer.Media.Count == 0 || !IsPlainAudio(answer.Media[0]))
        {
            refusal = "The answer takes no audio over RTP/AVP";
            return false;
        }
        audio = Choose(answer, answer.Media[0], local, oursFirst: false);
        if (audio is null)
        {
            refusal = "The answer has no codec of the offer";
            return false;
        }
        // The other side sends telephone-events under the number that we offered, and gets them under its own (RFC 3264 §5.1).
        audio = audio with
        {
            ReceivePayloadType = AudioFormats.PayloadTypeOf(offer.Media[0], audio.Codec) ?? audio.PayloadType,
            ReceiveDtmfPayloadType = audio.DtmfPayloadType is null ? null
                : AudioFormats.TelephoneEvents(offer.Media[0], audio.DtmfClockRate)?.PayloadType,
        };
        refusal = null;
        return true;
    }

    // RTP/AVPF (RFC 4585) only adds feedback that nobody is obliged to send. SRTP profiles are not ours to take yet.
    private static bool IsPlainAudio(MediaDescription media) =>
        media.Kind == "audio" && media.Port != 0 && media.Protocol is "RTP/AVP" or "RTP/AVPF";

    private static NegotiatedAudio? Choose(SessionDescription session, MediaDescription media, LocalAudio local, bool oursFirst)
    {
        if (AudioFormats.Choose(media, local.Codecs, oursFirst) is not { } format)
            return null;
        var clockRate = format.Codec.ClockRate;
        var dtmf = AudioFormats.TelephoneEvents(media, clockRate);
        var remote = Remote(session, media);
        var direction = DirectionAttribute.Reverse(DirectionAttribute.Of(session, media));
        // RFC 3264 §8.4: the old way of hold is a connection address of 0.0.0.0; nothing may be sent there.
        if (media.Address(session) is { } address && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)))
            direction &= ~MediaDirection.SendOnly;
        return new NegotiatedAudio
        {
            Codec = format.Codec,
            Parameters = format.Parameters,
            PayloadType = format.PayloadType,
            ReceivePayloadType = format.PayloadType,
            DtmfPayloadType = dtmf?.PayloadType,
            ReceiveDtmfPayloadType = dtmf?.PayloadType,
            DtmfClockRate = dtmf?.ClockRate ?? clockRate,
            ComfortNoisePayloadType = AudioFormats.ComfortNoiseType(media, clockRate),
            Remote = remote,
            RemoteRtcp = remote is null ? null : RtcpAttribute.Of(media, remote),
            Direction = direction,
            Ptime = format.Codec.PacketTime(PtimeAttribute.Of(media)),
        };
    }

    private static IPEndPoint? Remote(SessionDescription session, MediaDescription media) =>
        media.Address(session) is { } address && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)
            ? new IPEndPoint(address, media.Port) : null;

    private static MediaDescription AnswerStream(LocalAudio local, MediaDescription offered, NegotiatedAudio audio)
    {
        var formats = new List<string>();
        var attributes = new List<SdpAttribute>();
        AudioFormats.Write(new AudioFormat(audio.Codec, audio.PayloadType, audio.Parameters), formats, attributes);
        if (audio.ComfortNoisePayloadType is { } noise)
            AudioFormats.WriteComfortNoise(noise, audio.Codec.ClockRate, formats, attributes);
        if (audio.DtmfPayloadType is { } dtmf)
            AudioFormats.WriteTelephoneEvent(dtmf, audio.DtmfClockRate, formats, attributes);
        attributes.Add(PtimeAttribute.Write(audio.Ptime));
        attributes.Add(new SdpAttribute(DirectionAttribute.Name(audio.Direction)));
        return Stream(local, offered.Protocol, formats, attributes);
    }

    private static MediaDescription Stream(LocalAudio local, string protocol, List<string> formats, List<SdpAttribute> attributes) =>
        new() { Kind = "audio", Port = local.Rtp.Port, Protocol = protocol, Formats = formats, Attributes = attributes };

    private static SessionDescription Describe(LocalAudio local, IReadOnlyList<MediaDescription> streams)
    {
        var address = local.Rtp.Address.ToString();
        return new SessionDescription
        {
            Origin = new SdpOrigin(
                "-", local.SessionId.ToString(CultureInfo.InvariantCulture), local.Version.ToString(CultureInfo.InvariantCulture), address),
            Connection = address,
            Media = streams,
        };
    }

    private static string Refusal(SessionDescription offer)
    {
        foreach (var media in offer.Media)
        {
            if (media.Kind == "audio" && media.Port != 0)
                return IsPlainAudio(media) ? "No codec in common" : $"Media over {media.Protocol} is not supported";
        }
        return "No audio stream in the offer";
    }
}
