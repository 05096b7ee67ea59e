using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace UnifiedMsg.Network;

/// <summary>How a <see cref="StreamListener"/> listens and what it bears.</summary>
public sealed record StreamListenerOptions
{
    /// <summary>What the listener is called in logs and errors, for example <c>imaps</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Where to listen; port 0 takes a free one.</summary>
    public required IReadOnlyList<IPEndPoint> EndPoints { get; init; }

    /// <summary>The certificate for TLS, or null when the listener offers none.</summary>
    public CertificateSource? Certificate { get; init; }

    /// <summary>Whether TLS begins with the connection (RFC 8314 §3) rather than by a STARTTLS command.</summary>
    public bool ImplicitTls { get; init; }

    /// <summary>Whether clients show a certificate too (mutual TLS).</summary>
    public ClientCertificates ClientCertificates { get; init; }

    /// <summary>Whom the certificates of clients must come from; null: those whom the machine trusts.</summary>
    public X509Certificate2Collection? ClientAuthorities { get; init; }

    /// <summary>Whether a listener on the IPv6 wildcard address leaves IPv4 alone; else it takes both, where no listener of its own has IPv4.</summary>
    public bool SeparateAddressFamilies { get; init; }

    /// <summary>Connections at once. An idle one costs about 7 KB (20 KB with TLS), so the default bounds the memory to a few hundred MB.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>Connections at once from one IPv4 address or one IPv6 /64, so that one client can't take all of them. High enough for
    /// an office behind one address.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 500;

    /// <summary>How long a TLS handshake may take.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a client may leave our octets unread before the connection is cut.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>What a connection over a limit is told before it is closed (a 421 reply); empty for nothing. Never sent on implicit TLS.</summary>
    public ReadOnlyMemory<byte> Refusal { get; init; }
}
