using System.Net;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Dtls;
using UnifiedMsg.Media.Ice;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Sdp;

/// <summary>What both sides agreed on for the one audio stream of a call.</summary>
public sealed record NegotiatedAudio
{
    /// <summary>The codec of both ways.</summary>
    public required AudioCodec Codec { get; init; }

    /// <summary>What the other side says about its side of the codec (<c>a=fmtp</c>); empty for nothing.</summary>
    public string Parameters { get; init; } = "";

    /// <summary>The payload type of the packets that we send.</summary>
    public required int PayloadType { get; init; }

    /// <summary>The payload type under which the other side sends; the same, unless it chose another number in its answer.</summary>
    public required int ReceivePayloadType { get; init; }

    /// <summary>The payload type under which we send telephone-events (RFC 4733); null when the other side takes none.</summary>
    public int? DtmfPayloadType { get; init; }

    /// <summary>The payload type under which the other side sends telephone-events; null when it sends none.</summary>
    public int? ReceiveDtmfPayloadType { get; init; }

    /// <summary>Ticks per second of the durations in telephone-events: those of the codec, unless the other side has none such.</summary>
    public int DtmfClockRate { get; init; } = 8000;

    /// <summary>The payload type of comfort noise (RFC 3389) at the clock of the codec; null when the other side did not name it.</summary>
    public int? ComfortNoisePayloadType { get; init; }

    /// <summary>Where the other side says that it receives RTP; null when it gave a host name or 0.0.0.0, so that the latch decides.</summary>
    public IPEndPoint? Remote { get; init; }

    /// <summary>Where it receives RTCP; null when not known.</summary>
    public IPEndPoint? RemoteRtcp { get; init; }

    /// <summary>Which way media goes, as we see it: without <see cref="MediaDirection.SendOnly"/> in it we are on hold.</summary>
    public MediaDirection Direction { get; init; } = MediaDirection.SendReceive;

    /// <summary>The length of the packets that we send, in milliseconds; a multiple of 10.</summary>
    public int Ptime { get; init; } = 20;

    /// <summary>RTP and RTCP share a port (RFC 5761): ours and theirs.</summary>
    public bool RtcpMux { get; init; }

    /// <summary>The keys of SRTP from the signalling; null when packets go in clear, or when keys come of a handshake.</summary>
    public SrtpKeys? Keys { get; init; }

    /// <summary>The handshake from which keys come; null without.</summary>
    public DtlsParameters? Dtls { get; init; }

    /// <summary>How the other side checks the way to us; null without ICE.</summary>
    public IceParameters? Ice { get; init; }
}
