using System.Net;
using UnifiedMsg.Network;

namespace UnifiedMsg.Delivery.Smtp;

/// <summary>Where the SMTP server listens and what it bears.</summary>
public sealed record SmtpOptions
{
    /// <summary>Our name in the greeting and in trace headers.</summary>
    public required string HostName { get; init; }

    /// <summary>Endpoints for mail from other servers (port 25): our own recipients only.</summary>
    public IReadOnlyList<IPEndPoint> Reception { get; init; } = [];

    /// <summary>Endpoints for mail from our own people, TLS by STARTTLS (port 587, RFC 6409).</summary>
    public IReadOnlyList<IPEndPoint> Submission { get; init; } = [];

    /// <summary>Endpoints for mail from our own people, TLS from the start (port 465, RFC 8314 §3.3).</summary>
    public IReadOnlyList<IPEndPoint> Submissions { get; init; } = [];

    /// <summary>Endpoints for LMTP (RFC 2033): mail from a relay of ours that we trust, our own recipients only.</summary>
    public IReadOnlyList<IPEndPoint> Lmtp { get; init; } = [];

    /// <summary>The certificate for TLS; null offers none, and then <see cref="Submissions"/> must be empty.</summary>
    public CertificateSource? Certificate { get; init; }

    /// <summary>Whether a client on this machine may authenticate without TLS.</summary>
    public bool AllowPlainAuthOnLoopback { get; init; } = true;

    /// <summary>The largest message in octets, as announced by SIZE (RFC 1870).</summary>
    public long MaxMessageSize { get; init; } = 50L * 1024 * 1024;

    /// <summary>Recipients of one message. RFC 5321 §4.5.3.1.8 asks for at least 100; mail clients send to more.</summary>
    public int MaxRecipients { get; init; } = 1000;

    /// <summary>The longest command line. RFC 5321 §4.5.3.1.4 asks for 512 and what the extensions add; AUTH needs 12,288 (RFC 4954 §4).</summary>
    public int MaxLineLength { get; init; } = 12_288;

    /// <summary>The largest header, which is held in memory while it is looked at.</summary>
    public int MaxHeaderLength { get; init; } = 512 * 1024;

    /// <summary>Received headers that a message may have before it is taken to go round in circles. RFC 5321 §6.3 asks for at least 100.</summary>
    public int MaxHops { get; init; } = 100;

    /// <summary>Errors of a client until it is hung up on: enough for a person typing, too few to try many recipients.</summary>
    public int MaxErrors { get; init; } = 20;

    /// <summary>Failed log-ins of one connection until it is hung up on.</summary>
    public int MaxFailedLogins { get; init; } = 3;

    /// <summary>How long the next command, or the next octets of a message, may take. RFC 5321 §4.5.3.2.7 asks for 5 minutes at least.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Connections at once, for each kind of listener.</summary>
    public int MaxConnections { get; init; } = 2000;

    /// <summary>Connections at once from one address, for each kind of listener.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 100;
}

/// <summary>What a listener is for.</summary>
internal enum SmtpRole
{
    /// <summary>Mail from other servers for our people.</summary>
    Reception = 1,

    /// <summary>Mail from our people for anyone.</summary>
    Submission = 2,

    /// <summary>Mail from a relay that we trust, for our people. RFC 2033.</summary>
    Lmtp = 4,
}
