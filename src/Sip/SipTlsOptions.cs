using System.Security.Cryptography.X509Certificates;
using UnifiedMsg.Network;

namespace UnifiedMsg.Sip;

/// <summary>SIP over TLS: who we are, and whom we believe to be somebody.</summary>
public sealed record SipTlsOptions
{
    /// <summary>What we serve TLS with, and show to servers that ask for a certificate. Needed to listen on TLS.</summary>
    public CertificateSource? Certificate { get; init; }

    /// <summary>Whether clients show a certificate too: a phone system can, most phones can't.</summary>
    public ClientCertificates ClientCertificates { get; init; }

    /// <summary>Whom the certificates of clients must come from; null: those whom the machine trusts.</summary>
    public X509Certificate2Collection? ClientAuthorities { get; init; }

    /// <summary>
    /// Whom the certificates of servers that we connect to must come from; null: those whom the machine trusts. Whoever it comes from, a
    /// certificate must name the domain that was asked for (RFC 5922 §7).
    /// </summary>
    public X509Certificate2Collection? ServerAuthorities { get; init; }

    /// <summary>How long a TLS handshake, or the opening of a WebSocket, may take: some round trips and the work of a small device.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
