namespace UnifiedMsg.Server.Configuration;

/// <summary>Certificates of phone systems.</summary>
public sealed record SipTlsSection
{
    /// <summary>Mutual TLS.</summary>
    [Option("Whether who calls over TLS shows a certificate too: none, asked (those who have none are served all the same) or required.")]
    public SipClientCertificates ClientCertificates { get; init; } = SipClientCertificates.None;

    /// <summary>Who vouches for callers.</summary>
    [Option("PEM file with the authorities that callers' certificates come from; empty for those that this machine trusts.", IsPath = true, Example = "phones-ca.pem")]
    public string ClientAuthorities { get; init; } = "";

    /// <summary>Who vouches for servers.</summary>
    [Option("PEM file with the authorities, or the self-signed certificates, of the servers that we connect to over TLS; empty for those that this machine trusts.", IsPath = true, Example = "pbx-ca.pem")]
    public string ServerAuthorities { get; init; } = "";
}

/// <summary>Whether callers show a certificate.</summary>
public enum SipClientCertificates
{
    /// <summary>They are not asked.</summary>
    None,

    /// <summary>They are asked, and may go without.</summary>
    Asked,

    /// <summary>Without one they are not served.</summary>
    Required,
}
