using System.Net;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Server.Configuration;

/// <summary>How calls are taken.</summary>
public sealed record SipSection
{
    /// <summary>The advertised address.</summary>
    [Option("The address to give in Contact and SDP when callers reach this server by another one than it is bound to (port forwarding); empty for the right local one.",
        Example = "203.0.113.5")]
    public string Advertise { get; init; } = "";

    /// <summary>The trusted peers.</summary>
    [Option("Phone systems whose P-Asserted-Identity and P-Preferred-Identity are believed (RFC 3325 §5); anybody else could claim to be somebody.", Example = "[192.0.2.10, 192.0.2.64/26]")]
    public IReadOnlyList<IPNetwork> TrustedPeers { get; init; } = [];

    /// <summary>The check of callers' signatures.</summary>
    [Option("Whether callers are who they say, by the signatures of their providers (STIR/SHAKEN, RFC 8224).")]
    public IdentitySection Identity { get; init; } = new();

    /// <summary>Phones.</summary>
    [Option("Phones that register straight with this server, with the password of `user set --phone-password-file`.")]
    public PhonesSection Phones { get; init; } = new();

    /// <summary>Registrations.</summary>
    [Option("Providers and phone systems that want to be registered with.",
        Example = "[{ name: provider, address: \"sip:4930123@provider.example\", passwordFile: provider.password }]")]
    public IReadOnlyList<RegistrationSection> Registrations { get; init; } = [];

    /// <summary>Gateways.</summary>
    [Option("Phone systems and gateways to be watched with OPTIONS; /metrics and the log say which are up.", Example = "[\"sip:192.0.2.10\", \"sip:192.0.2.11;transport=tcp\"]")]
    public IReadOnlyList<SipUri> Gateways { get; init; } = [];

    /// <summary>How often gateways are asked.</summary>
    [Option("How often each of them is asked.", Minimum = "1s", Maximum = "1h")]
    public TimeSpan GatewayInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Session timers.</summary>
    [Option("How calls whose other side has vanished without a word are found (session timers, RFC 4028).")]
    public SipSessionSection Session { get; init; } = new();

    /// <summary>The redirects.</summary>
    [Option("Further addresses to which the answers to one call of ours may send it on (3xx); 0 follows none, where that could cost money.", Minimum = "0", Maximum = "20")]
    public int Redirects { get; init; } = 5;

    /// <summary>The keep-alive.</summary>
    [Option("How often to send a line break to a provider while registered with it over UDP, so that an address translation on the way keeps the path for calls open; 0 for never.",
        Minimum = "0s", Maximum = "10m")]
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The guard.</summary>
    [Option("What one address (of IPv6: one /64) may do, and what has it shut out for a time. Holds for nobody in trustedPeers.")]
    public SipGuardSection Guard { get; init; } = new();

    /// <summary>The trace.</summary>
    [Option("What `unifiedmsg trace` can show; kept in memory only.")]
    public SipTraceSection Trace { get; init; } = new();

    /// <summary>TLS.</summary>
    [Option("Whose certificates are believed over tls:// and wss://. Our own is the one under tls.")]
    public SipTlsSection Tls { get; init; } = new();
}
