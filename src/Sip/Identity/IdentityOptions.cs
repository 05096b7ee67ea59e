using System.Security.Cryptography.X509Certificates;

namespace UnifiedMsg.Sip.Identity;

/// <summary>How the identities of callers are checked (RFC 8224, SHAKEN).</summary>
public sealed record IdentityOptions
{
    /// <summary>The authorities under which certificates of signers must be: in North America those of the STI-PA list.</summary>
    public required IReadOnlyList<X509Certificate2> Trust { get; init; }

    /// <summary>
    /// Whether a call without a good signature is refused with 428, 403, 436, 437 or 438. By default it is taken, and what was found is
    /// shown: most calls in the world are not signed, and a voice mail that was not taken can't be judged by anybody.
    /// </summary>
    public bool Require { get; init; }

    /// <summary>How far the signing may be from now, either way (RFC 8224 §4.1, §6.2.1 step 4: 60 s). A longer time makes copying a signature easier.</summary>
    public TimeSpan Freshness { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The country code to put before numbers that come in national form, such as 49 or 1 (RFC 8224 §8.3); null when the phone system
    /// sends international numbers only.
    /// </summary>
    public string? CountryCode { get; init; }

    /// <summary>The hosts that certificates are fetched from; empty for any public one. A list keeps callers from having us ask where they like.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>
    /// Whether certificates are also fetched from addresses that are not public. Off, since the address to fetch from is the caller's word:
    /// he could have us ask a server inside our network.
    /// </summary>
    public bool AllowPrivateAddresses { get; init; }

    /// <summary>How long fetching a certificate may take. The call does not wait for it, its message does.</summary>
    public TimeSpan FetchTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Where certificates come from; null for HTTPS.</summary>
    public ICredentialSource? Source { get; init; }

    /// <summary>For tests: judges the certificates of web servers in the place of the system.</summary>
    internal System.Net.Security.RemoteCertificateValidationCallback? ServerCheck { get; init; }
}
