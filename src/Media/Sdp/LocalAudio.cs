using System.Net;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Dtls;
using UnifiedMsg.Media.Ice;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Sdp;

/// <summary>Our side of an offer or an answer.</summary>
public sealed record LocalAudio
{
    /// <summary>The address and port where we receive RTP. It goes into the description, so it must be one that the other side can reach.</summary>
    public required IPEndPoint Rtp { get; init; }

    /// <summary>The id of the session: the same in all descriptions of one call.</summary>
    public required ulong SessionId { get; init; }

    /// <summary>Grows by one with each description that differs from the one before (RFC 3264 §8).</summary>
    public ulong Version { get; init; } = 1;

    /// <summary>The codecs that we speak, in the order in which we offer them.</summary>
    public IReadOnlyList<AudioCodec> Codecs { get; init; } = AudioCodec.BuiltIn;

    /// <summary>In an answer too our order decides; else that of the offer does, as RFC 3264 §6.1 recommends.</summary>
    public bool OursFirst { get; init; }

    /// <summary>Which way we want media in an offer.</summary>
    public MediaDirection Direction { get; init; } = MediaDirection.SendReceive;

    /// <summary>Whether the audio is to be protected.</summary>
    public SrtpPolicy Srtp { get; init; } = SrtpPolicy.Off;

    /// <summary>The keys in use, when this is not the first offer and answer of the call; null without.</summary>
    public SrtpKeys? Keys { get; init; }

    /// <summary>Whose certificate we show in handshakes; null to take no DTLS.</summary>
    public CertificateFingerprint? Fingerprint { get; init; }

    /// <summary>The association in use; null without.</summary>
    public DtlsParameters? Dtls { get; init; }

    /// <summary>The names of ICE in use; null without.</summary>
    public IceParameters? Ice { get; init; }

    /// <summary>
    /// Our last description in this call; null in the first. An offer keeps its streams in their places (RFC 3264 §8).
    /// </summary>
    public SessionDescription? Before { get; init; }
}
