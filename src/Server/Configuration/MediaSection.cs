using UnifiedMsg.Media.Sdp;

namespace UnifiedMsg.Server.Configuration;

/// <summary>The sound of calls.</summary>
public sealed record MediaSection
{
    /// <summary>The codecs.</summary>
    [Option("The codecs that are spoken, in the order in which they are offered. opus needs the library libopus.so.0 and is left out without it; of l16 every rate is spoken and 16 kHz offered.")]
    public IReadOnlyList<MediaCodec> Codecs { get; init; } = [MediaCodec.Opus, MediaCodec.G722, MediaCodec.Pcmu, MediaCodec.Pcma, MediaCodec.L16];

    /// <summary>Whose order decides.</summary>
    [Option("Whose order decides which codec a call has: caller (as RFC 3264 recommends), or ours, so that whoever can speak g722 or opus leaves messages in wide-band sound, at twice the size of the others.")]
    public CodecOrder CodecOrder { get; init; } = CodecOrder.Caller;

    /// <summary>SRTP.</summary>
    [Option("SRTP, with keys that come in the signalling (SDES): off, bestEffort (with all who can), or required (calls without it get 488). Whoever reads the signalling can hear the call, so keep that on TLS.")]
    public SrtpPolicy Srtp { get; init; } = SrtpPolicy.BestEffort;
}

/// <summary>The codecs by the names that people know.</summary>
public enum MediaCodec
{
    /// <summary>Opus (RFC 7587).</summary>
    Opus,

    /// <summary>G.722.</summary>
    G722,

    /// <summary>G.711 µ-law.</summary>
    Pcmu,

    /// <summary>G.711 A-law.</summary>
    Pcma,

    /// <summary>Linear samples (RFC 3551 §4.5.11).</summary>
    L16,
}

/// <summary>Whose order of codecs decides.</summary>
public enum CodecOrder
{
    /// <summary>That of the caller's offer.</summary>
    Caller,

    /// <summary>That of media.codecs.</summary>
    Ours,
}
