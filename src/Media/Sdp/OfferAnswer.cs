using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Media.Sdp;

/// <summary>The offer/answer model (RFC 3264) for calls with one audio stream.</summary>
public static class OfferAnswer
{
    private const int OurTelephoneEventType = 101;

    /// <summary>An offer of one audio stream with all our codecs and telephone-events.</summary>
    public static SessionDescription CreateOffer(LocalAudio local)
    {
        var formats = new List<string>();
        var attributes = new List<SdpAttribute>();
        var dynamicType = 96;
        foreach (var codec in local.Codecs)
        {
            var type = codec.StaticPayloadType ?? dynamicType++;
            formats.Add(type.ToString(CultureInfo.InvariantCulture));
            attributes.Add(RtpMapAttribute.Write(type, codec.Name, codec.ClockRate));
        }
        AddTelephoneEvent(formats, attributes, OurTelephoneEventType, 8000);
        attributes.Add(PtimeAttribute.Write(PtimeAttribute.Default));
        attributes.Add(new SdpAttribute(DirectionAttribute.Name(local.Direction)));
        return Describe(local, [Stream(local, "RTP/AVP", formats, attributes)]);
    }

    /// <summary>
    /// Answers an offer: the first audio stream that we can take gets the first of its codecs that we speak, the others get port 0.
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
            if (audio is null && IsPlainAudio(media) && Choose(offer, media, local.Codecs) is { } chosen)
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
        audio = Choose(answer, answer.Media[0], local.Codecs);
        if (audio is null)
        {
            refusal = "The answer has no codec of the offer";
            return false;
        }
        // The other side sends telephone-events under the number that we offered, and gets them under its own (RFC 3264 §5.1).
        audio = audio with
        {
            ReceivePayloadType = OfferedType(offer.Media[0], audio.Codec) ?? audio.PayloadType,
            ReceiveDtmfPayloadType = audio.DtmfPayloadType is null ? null : OurTelephoneEventType,
        };
        refusal = null;
        return true;
    }

    // RTP/AVPF (RFC 4585) only adds feedback that nobody is obliged to send. SRTP profiles are not ours to take yet.
    private static bool IsPlainAudio(MediaDescription media) =>
        media.Kind == "audio" && media.Port != 0 && media.Protocol is "RTP/AVP" or "RTP/AVPF";

    private static NegotiatedAudio? Choose(SessionDescription session, MediaDescription media, IReadOnlyList<AudioCodec> codecs)
    {
        foreach (var format in media.Formats)
        {
            if (!RtpMapAttribute.TryPayloadType(format, out var type)
                || !RtpMapAttribute.TryEncoding(media, format, codecs, out var name, out var clockRate)
                || Find(codecs, name, clockRate) is not { } codec)
                continue;
            var dtmf = TelephoneEventType(media, codecs, clockRate);
            var remote = Remote(session, media);
            var direction = DirectionAttribute.Reverse(DirectionAttribute.Of(session, media));
            // RFC 3264 §8.4: the old way of hold is a connection address of 0.0.0.0; nothing may be sent there.
            if (media.Address(session) is { } address && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)))
                direction &= ~MediaDirection.SendOnly;
            return new NegotiatedAudio
            {
                Codec = codec,
                PayloadType = type,
                ReceivePayloadType = type,
                DtmfPayloadType = dtmf,
                ReceiveDtmfPayloadType = dtmf,
                Remote = remote,
                RemoteRtcp = remote is null ? null : RtcpAttribute.Of(media, remote),
                Direction = direction,
                Ptime = PtimeAttribute.Of(media),
            };
        }
        return null;
    }

    private static IPEndPoint? Remote(SessionDescription session, MediaDescription media) =>
        media.Address(session) is { } address && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)
            ? new IPEndPoint(address, media.Port) : null;

    private static AudioCodec? Find(IReadOnlyList<AudioCodec> codecs, string name, int clockRate)
    {
        foreach (var codec in codecs)
        {
            if (codec.ClockRate == clockRate && codec.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return codec;
        }
        return null;
    }

    // RFC 4733 §2.1: the events have the clock rate of the audio that they interrupt.
    private static int? TelephoneEventType(MediaDescription media, IReadOnlyList<AudioCodec> codecs, int clockRate)
    {
        foreach (var format in media.Formats)
        {
            if (RtpMapAttribute.TryPayloadType(format, out var type)
                && RtpMapAttribute.TryEncoding(media, format, codecs, out var name, out var rate)
                && rate == clockRate && name.Equals(RtpMapAttribute.TelephoneEvent, StringComparison.OrdinalIgnoreCase))
                return type;
        }
        return null;
    }

    private static int? OfferedType(MediaDescription offered, AudioCodec codec)
    {
        foreach (var format in offered.Formats)
        {
            if (RtpMapAttribute.TryPayloadType(format, out var type)
                && RtpMapAttribute.TryEncoding(offered, format, [codec], out var name, out _)
                && name.Equals(codec.Name, StringComparison.OrdinalIgnoreCase))
                return type;
        }
        return null;
    }

    private static MediaDescription AnswerStream(LocalAudio local, MediaDescription offered, NegotiatedAudio audio)
    {
        var formats = new List<string> { audio.PayloadType.ToString(CultureInfo.InvariantCulture) };
        var attributes = new List<SdpAttribute> { RtpMapAttribute.Write(audio.PayloadType, audio.Codec.Name, audio.Codec.ClockRate) };
        if (audio.DtmfPayloadType is { } dtmf)
            AddTelephoneEvent(formats, attributes, dtmf, audio.Codec.ClockRate);
        attributes.Add(PtimeAttribute.Write(audio.Ptime));
        attributes.Add(new SdpAttribute(DirectionAttribute.Name(audio.Direction)));
        return Stream(local, offered.Protocol, formats, attributes);
    }

    // RFC 4733 §2.4.1: events 0 to 15 are the keys 0-9, *, # and A-D.
    private static void AddTelephoneEvent(List<string> formats, List<SdpAttribute> attributes, int type, int clockRate)
    {
        formats.Add(type.ToString(CultureInfo.InvariantCulture));
        attributes.Add(RtpMapAttribute.Write(type, RtpMapAttribute.TelephoneEvent, clockRate));
        attributes.Add(new SdpAttribute("fmtp", $"{type} 0-15"));
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
