using System.Diagnostics.CodeAnalysis;

namespace UnifiedMsg.Sip.Digest;

/// <summary>What a server asks for in WWW-Authenticate or Proxy-Authenticate (RFC 7616 §3.3, RFC 8760).</summary>
/// <param name="Realm">Whose users are asked for.</param>
/// <param name="Nonce">The server's.</param>
/// <param name="Algorithm">The hash function.</param>
/// <param name="Opaque">Given back as it is, or null.</param>
/// <param name="Qop">What we answer with: <c>auth</c> when that is offered, else <c>auth-int</c>.</param>
/// <param name="IsStale">Whether only the nonce was wrong.</param>
public sealed record DigestChallenge(string Realm, string Nonce, DigestAlgorithm Algorithm, string? Opaque, DigestQop Qop, bool IsStale)
{
    /// <summary>Reads one challenge. False for schemes other than Digest, unknown algorithms and qualities, and malformed text.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out DigestChallenge? challenge)
    {
        challenge = null;
        if (DigestParameters.ReadScheme(text) is not { } values)
            return false;
        if (!values.TryGetValue("realm", out var realm) || !values.TryGetValue("nonce", out var nonce))
            return false;
        if (!DigestHash.TryParse(values.GetValueOrDefault("algorithm"), out var algorithm))
            return false;
        if (!TryChoose(values.GetValueOrDefault("qop"), out var qop))
            return false;
        challenge = new DigestChallenge(realm, nonce, algorithm, values.GetValueOrDefault("opaque"), qop,
            values.GetValueOrDefault("stale", "").Equals("true", StringComparison.OrdinalIgnoreCase));
        return true;
    }

    /// <summary>The text without secrets, for logs.</summary>
    public override string ToString() => $"{DigestHash.NameOf(Algorithm)} in {Realm}";

    // auth-int takes the body along, which proxies may not change but some do: only where nothing else is offered.
    private static bool TryChoose(string? offered, out DigestQop qop)
    {
        qop = DigestQop.None;
        if (offered is null)
            return true;
        var list = offered.Split(',', StringSplitOptions.TrimEntries);
        if (list.Contains("auth", StringComparer.OrdinalIgnoreCase))
            qop = DigestQop.Auth;
        else if (list.Contains("auth-int", StringComparer.OrdinalIgnoreCase))
            qop = DigestQop.AuthInt;
        return qop != DigestQop.None;
    }
}
