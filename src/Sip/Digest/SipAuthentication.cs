using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Digest;

/// <summary>Who must say a password, and how it is asked for (RFC 3261 §22, RFC 7616, RFC 8760).</summary>
public sealed record SipAuthentication
{
    /// <summary>Whose users these are. A phone shows it; a secret holds for one realm only.</summary>
    public required string Realm { get; init; }

    /// <summary>Where secrets come from.</summary>
    public required ISipCredentialStore Credentials { get; init; }

    /// <summary>
    /// The methods that need a password outside a dialog; REGISTER does in any case. From <see cref="SipOptions.TrustedPeers"/> the others
    /// need none: a phone system has proved its users.
    /// </summary>
    public IReadOnlyList<string> Methods { get; init; } = [SipMethods.Register];

    /// <summary>
    /// What is offered, in the order of the challenges; RFC 8760 §2.4 wants the strongest first. Most phones know MD5 alone, and some
    /// look at the first challenge only.
    /// </summary>
    public IReadOnlyList<DigestAlgorithm> Algorithms { get; init; } = [DigestAlgorithm.Sha256, DigestAlgorithm.Md5];

    /// <summary>How long a nonce can be used: as long as a client may go on without being asked again.</summary>
    public TimeSpan NonceLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Nonces whose use is remembered. Only who knows a password makes us remember one; when there are more, all clients are asked
    /// again, which costs each a round trip and nobody a replay.
    /// </summary>
    public int MaxNonces { get; init; } = 100_000;
}
