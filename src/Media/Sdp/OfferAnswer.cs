using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace UnifiedMsg.Media.Sdp;

/// <summary>The offer/answer model (RFC 3264) for calls with one audio stream.</summary>
public static class OfferAnswer
{
    /// <summary>An offer of one audio stream with all our codecs and telephone-events; what else the call had stays refused in its place.</summary>
    public static SessionDescription CreateOffer(LocalAudio local)
    {
        var formats = new List<string>();
        var attributes = new List<SdpAttribute>();
        AudioFormats.WriteOffer(local.Codecs, formats, attributes);
        attributes.Add(PtimeAttribute.Write(PtimeAttribute.Default));
        attributes.Add(new SdpAttribute(DirectionAttribute.Name(local.Direction)));
        attributes.Add(RtcpAttribute.Mux);
        attributes.AddRange(SrtpNegotiation.Offer(local));
        return Describe(local, InPlace(Stream(local, SrtpNegotiation.OfferedProtocol(local.Srtp), formats, attributes), local.Before));
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
        if (!TryChooseStream(offer, local, out var taken, out audio, out var protection))
        {
            refusal = Refusal(offer, local.Srtp);
            return false;
        }
        var streams = new List<MediaDescription>(offer.Media.Count);
        for (var i = 0; i < offer.Media.Count; i++)
        {
            var media = offer.Media[i];
            // RFC 3264 §6: as many lines as in the offer; a refused one has port 0 and at least one of the offered formats.
            streams.Add(i == taken ? AnswerStream(local, media, audio, protection) : Refused(media));
        }
        answer = Describe(local, streams) with { Time = offer.Time, Attributes = DtlsNegotiation.Session(offer, offer.Media[taken], protection) };
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
        var place = Place(offer);
        if (place < 0 || answer.Media.Count <= place || !IsAudio(answer.Media[place]) || MediaProfile.IsDtls(answer.Media[place].Protocol))
        {
            refusal = "The answer takes no audio over RTP";
            return false;
        }
        if (!SrtpNegotiation.TryAccept(offer.Media[place], answer.Media[place], local, out var keys, out refusal))
            return false;
        audio = Choose(answer, answer.Media[place], local, oursFirst: false);
        if (audio is null)
        {
            refusal = "The answer has no codec of the offer";
            return false;
        }
        // The other side sends telephone-events under the number that we offered, and gets them under its own (RFC 3264 §5.1).
        audio = audio with
        {
            ReceivePayloadType = AudioFormats.PayloadTypeOf(offer.Media[place], audio.Codec) ?? audio.PayloadType,
            ReceiveDtmfPayloadType = audio.DtmfPayloadType is null ? null
                : AudioFormats.TelephoneEvents(offer.Media[place], audio.DtmfClockRate)?.PayloadType,
            Keys = keys,
        };
        refusal = null;
        return true;
    }

    // RFC 3264 §8: an offer in mid-call has all streams of the description before, in their places.
    private static IReadOnlyList<MediaDescription> InPlace(MediaDescription stream, SessionDescription? before)
    {
        if (before is null || Place(before) is not (>= 0 and var place))
            return [stream];
        return [.. before.Media.Select((media, i) => i == place ? stream : Refused(media))];
    }

    // Which of the streams in a description of ours is in use.
    private static int Place(SessionDescription ours)
    {
        for (var i = 0; i < ours.Media.Count; i++)
        {
            if (ours.Media[i].Port != 0)
                return i;
        }
        return -1;
    }

    private static MediaDescription Refused(MediaDescription media) =>
        new() { Kind = media.Kind, Port = 0, Protocol = media.Protocol, Formats = [media.Formats[0]] };

    // The first protected stream that we can take, else the first in clear if that is allowed: some offer both and leave the choice to us.
    private static bool TryChooseStream(
        SessionDescription offer, LocalAudio local, out int taken, [NotNullWhen(true)] out NegotiatedAudio? audio, out StreamProtection? protection)
    {
        (audio, protection) = (null, null);
        for (taken = 0; taken < offer.Media.Count; taken++)
        {
            var media = offer.Media[taken];
            if (IsAudio(media) && Choose(offer, media, local, local.OursFirst) is { } chosen
                && (SrtpNegotiation.TryAnswer(media, local, out protection) || DtlsNegotiation.TryAnswer(offer, media, local, out protection)))
            {
                audio = chosen with { Keys = protection.Keys, Dtls = protection.Dtls, Ice = protection.Ice };
                // With ICE nothing is sent to an address before the other side has proved that it is its own.
                if (audio.Ice is not null)
                    audio = audio with { Remote = null, RemoteRtcp = null };
                return true;
            }
        }
        for (taken = 0; taken < offer.Media.Count; taken++)
        {
            var media = offer.Media[taken];
            if (IsAudio(media) && SrtpNegotiation.AllowsPlain(media, local.Srtp) && Choose(offer, media, local, local.OursFirst) is { } chosen)
            {
                audio = chosen;
                return true;
            }
        }
        return false;
    }

    private static bool IsAudio(MediaDescription media) =>
        media.Kind == "audio" && media.Port != 0
        && (MediaProfile.IsPlain(media.Protocol) || MediaProfile.IsSecure(media.Protocol) || MediaProfile.IsDtls(media.Protocol));

    private static NegotiatedAudio? Choose(SessionDescription session, MediaDescription media, LocalAudio local, bool oursFirst)
    {
        if (AudioFormats.Choose(media, local.Codecs, oursFirst) is not { } format)
            return null;
        var clockRate = format.Codec.ClockRate;
        var dtmf = AudioFormats.TelephoneEvents(media, clockRate);
        var remote = Remote(session, media);
        var direction = DirectionAttribute.Reverse(DirectionAttribute.Of(session, media));
        // RFC 3264 §8.4: the old way of hold is a connection address of 0.0.0.0; nothing may be sent there.
        // With ICE it says that the way is still to be found (RFC 8839 §4.3.1).
        if (IceAttributes.RemoteName(session, media) is null && media.Address(session) is { } address && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)))
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
            RemoteRtcp = remote is not null && RtcpAttribute.Of(media, remote) is { } rtcp && IsUnicast(rtcp.Address) ? rtcp : null,
            RtcpMux = RtcpAttribute.IsMux(media),
            Direction = direction,
            Ptime = format.Codec.PacketTime(PtimeAttribute.Of(media)),
        };
    }

    private static IPEndPoint? Remote(SessionDescription session, MediaDescription media) =>
        media.Address(session) is { } address && IsUnicast(address) ? new IPEndPoint(address, media.Port) : null;

    // Nobody can have us send the sound of a call to a whole network: groups and broadcasts are left to the latch, which never finds them.
    private static bool IsUnicast(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) && !address.IsIPv6Multicast
            && (address.AddressFamily != AddressFamily.InterNetwork || address.GetAddressBytes()[0] < 224);
    }

    private static MediaDescription AnswerStream(LocalAudio local, MediaDescription offered, NegotiatedAudio audio, StreamProtection? protection)
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
        if (audio.RtcpMux)
            attributes.Add(RtcpAttribute.Mux);
        if (GroupAttribute.Mid(offered) is { } mid)
            attributes.Add(mid);
        attributes.AddRange(protection?.Attributes ?? []);
        return Stream(local, offered.Protocol, formats, attributes);
    }

    private static MediaDescription Stream(LocalAudio local, string protocol, List<string> formats, List<SdpAttribute> attributes) =>
        new() { Kind = "audio", Port = local.Rtp.Port, Protocol = protocol, Formats = formats, Attributes = attributes };

    private static SessionDescription Describe(LocalAudio local, IReadOnlyList<MediaDescription> streams)
    {
        // Without the scope of a link-local address, which is a number of this machine.
        var address = new IPAddress(local.Rtp.Address.GetAddressBytes()).ToString();
        return new SessionDescription
        {
            Origin = new SdpOrigin(
                "-", local.SessionId.ToString(CultureInfo.InvariantCulture), local.Version.ToString(CultureInfo.InvariantCulture), address),
            Connection = address,
            Media = streams,
        };
    }

    private static string Refusal(SessionDescription offer, SrtpPolicy policy)
    {
        foreach (var media in offer.Media)
        {
            if (media.Kind != "audio" || media.Port == 0)
                continue;
            if (!IsAudio(media) || policy == SrtpPolicy.Off && !MediaProfile.IsPlain(media.Protocol))
                return $"Media over {media.Protocol} is not supported";
            if (CryptoAttribute.Of(media).Count == 0 && !SrtpNegotiation.AllowsPlain(media, policy))
                return "No usable keys for SRTP in the offer";
            return "No codec in common";
        }
        return "No audio stream in the offer";
    }
}
