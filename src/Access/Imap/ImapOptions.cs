using System.Net;
using UnifiedMsg.Network;

namespace UnifiedMsg.Access.Imap;

/// <summary>How the IMAP server listens and what it bears.</summary>
public sealed record ImapOptions
{
    /// <summary>Where to listen in plain, with STARTTLS when there is a certificate. RFC 9051 §2.1: port 143.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; init; } = [];

    /// <summary>Where to listen with TLS from the first octet. RFC 8314: port 993.</summary>
    public IReadOnlyList<IPEndPoint> TlsEndPoints { get; init; } = [];

    /// <summary>The certificate; needed for <see cref="TlsEndPoints"/> and STARTTLS.</summary>
    public CertificateSource? Certificate { get; init; }

    /// <summary>Whether passwords may come without TLS from this machine itself.</summary>
    public bool AllowPlainLoginOnLoopback { get; init; } = true;

    /// <summary>Whether passwords may come without TLS from anywhere. Only for networks that are private in another way.</summary>
    public bool AllowPlainLogin { get; init; }

    /// <summary>Octets of a message that APPEND takes.</summary>
    public long MaxMessageSize { get; init; } = 50 * 1024 * 1024;

    /// <summary>How long an authenticated client may be silent. RFC 9051 §5.4: at least 30 minutes.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a client may take between commands before it has logged in; an attacker costs a connection for no longer.</summary>
    public TimeSpan LoginTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a failed log-in waits for its answer, which slows guessing down.</summary>
    public TimeSpan FailedLoginDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Failed log-ins on one connection before it is closed.</summary>
    public int MaxFailedLogins { get; init; } = 3;

    /// <summary>Commands with wrong syntax in a row before the connection is closed: whatever sends them is no IMAP client.</summary>
    public int MaxBadCommands { get; init; } = 20;

    /// <summary>Connections at once on each port.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>Connections at once from one address. A mail client opens up to ten.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 500;
}
