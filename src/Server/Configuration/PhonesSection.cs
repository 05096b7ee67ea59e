using UnifiedMsg.Sip.Digest;

namespace UnifiedMsg.Server.Configuration;

/// <summary>Phones that register with this server.</summary>
public sealed record PhonesSection
{
    /// <summary>The realm.</summary>
    [Option("The realm of phone passwords; empty for the first of `domains`. With another realm every phone password has to be set again.", Example = "example.test")]
    public string Realm { get; init; } = "";

    /// <summary>The algorithms.</summary>
    [Option("How a phone may prove its password, in the order in which it is asked. Most phones know only MD5, and some of them give up when they are asked for SHA-256 too: for these write [md5].")]
    public IReadOnlyList<DigestAlgorithm> Algorithms { get; init; } = [DigestAlgorithm.Sha256, DigestAlgorithm.Md5];

    /// <summary>The lifetime of nonces.</summary>
    [Option("How long a phone may prove its password with the same nonce; then it is given another.", Minimum = "1s", Maximum = "1h")]
    public TimeSpan NonceLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>What else needs a password.</summary>
    [Option("What needs a phone password besides registering, unless it comes from sip.trustedPeers: calls, and the lamp.", Example = "[invite, subscribe]")]
    public IReadOnlyList<AuthenticatedRequest> Authenticate { get; init; } = [];

    /// <summary>The phones of one person.</summary>
    [Option("Phones that one person may have registered at a time.", Minimum = "1", Maximum = "100")]
    public int PerPerson { get; init; } = 10;

    /// <summary>The shortest registration.</summary>
    [Option("The shortest time for which a phone may register.", Minimum = "10s", Maximum = "1h")]
    public TimeSpan MinExpires { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest registration.</summary>
    [Option("The longest time, and that of a phone that asks for none: so long the lamp of a phone that is gone is still sent to it.", Minimum = "60s", Maximum = "1d")]
    public TimeSpan MaxExpires { get; init; } = TimeSpan.FromHours(1);
}

/// <summary>Requests for which a phone password can be demanded.</summary>
public enum AuthenticatedRequest
{
    /// <summary>Calls.</summary>
    Invite,

    /// <summary>The lamp.</summary>
    Subscribe,
}
