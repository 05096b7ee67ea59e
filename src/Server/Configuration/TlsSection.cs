namespace UnifiedMsg.Server.Configuration;

/// <summary>The certificate.</summary>
public sealed record TlsSection
{
    /// <summary>The chain.</summary>
    [Option("PEM file with the certificate and the chain below the root; empty for no TLS at all.", IsPath = true, Essential = true)]
    public string Certificate { get; init; } = "cert.pem";

    /// <summary>The key.</summary>
    [Option("PEM file with the private key.", IsPath = true, Essential = true)]
    public string Key { get; init; } = "key.pem";

    /// <summary>Plain log-ins.</summary>
    [Option("Where a password may be sent over a connection without TLS: from this machine, or nowhere.")]
    public PlainLogins PlainLogins { get; init; } = PlainLogins.Loopback;
}

/// <summary>Where a password may be sent without TLS.</summary>
public enum PlainLogins
{
    /// <summary>From the same machine only.</summary>
    Loopback,

    /// <summary>Never.</summary>
    Never,
}
