using System.Net;

namespace UnifiedMsg.Server.Configuration;

/// <summary>How calls are taken.</summary>
public sealed record SipSection
{
    /// <summary>The advertised address.</summary>
    [Option("The address to give in Contact and SDP when callers reach this server by another one than it is bound to (port forwarding); empty for the right local one.",
        Example = "203.0.113.5")]
    public string Advertise { get; init; } = "";

    /// <summary>The trusted peers.</summary>
    [Option("Phone systems whose P-Asserted-Identity is believed (RFC 3325 §5); anybody else could claim to be somebody.", Example = "[192.0.2.10, 192.0.2.64/26]")]
    public IReadOnlyList<IPNetwork> TrustedPeers { get; init; } = [];
}
