namespace UnifiedMsg.Server.Configuration;

/// <summary>Whether callers are who they say (STIR/SHAKEN, RFC 8224).</summary>
public sealed record IdentitySection
{
    /// <summary>The trust list.</summary>
    [Option("PEM files with the authorities under which providers sign calls. With any, signatures are checked, and the message says what was found.",
        Example = "[sti-pa.pem]", IsPath = true)]
    public IReadOnlyList<string> Trust { get; init; } = [];

    /// <summary>The policy.</summary>
    [Option("true refuses calls without a good signature (428, 403, 436 to 438); false takes every call and shows what was found.")]
    public bool Require { get; init; }

    /// <summary>The country code.</summary>
    [Option("The country code to put before callers' numbers that come in national form; empty when they are all international.", Example = "\"49\"")]
    public string CountryCode { get; init; } = "";

    /// <summary>The hosts.</summary>
    [Option("Hosts that signers' certificates may be fetched from; none: any public one. Fetching needs the network.", Example = "[cert.example.net]")]
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Private addresses.</summary>
    [Option("Whether certificates may be fetched from addresses that are not public; the caller says which.")]
    public bool PrivateAddresses { get; init; }
}
