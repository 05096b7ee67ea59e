using UnifiedMsg.Media.Sdp;

namespace UnifiedMsg.Server.Configuration;

/// <summary>The audio of calls.</summary>
public sealed record MediaSection
{
    /// <summary>SRTP.</summary>
    [Option("SRTP, with keys that come in the signalling (SDES): off, bestEffort (with all who can), or required (calls without it get 488). Whoever reads the signalling can hear the call, so keep that on TLS.")]
    public SrtpPolicy Srtp { get; init; } = SrtpPolicy.BestEffort;
}
