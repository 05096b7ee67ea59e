using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace UnifiedMsg.Sip.Digest;

/// <summary>What a client answers in Authorization or Proxy-Authorization (RFC 7616 §3.4).</summary>
/// <param name="User">Who it says it is.</param>
/// <param name="Realm">The realm of the challenge.</param>
/// <param name="Uri">The digest URI.</param>
/// <param name="Response">The proof, 32 or 64 hex digits.</param>
/// <param name="Use">Nonce, count and quality.</param>
internal sealed record DigestAuthorization(string User, string Realm, string Uri, string Response, DigestUse Use)
{
    /// <summary>Reads one answer. False for schemes other than Digest, unknown algorithms and qualities, and malformed text.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out DigestAuthorization? answer)
    {
        answer = null;
        if (DigestParameters.ReadScheme(text) is not { } values || !DigestHash.TryParse(values.GetValueOrDefault("algorithm"), out var algorithm))
            return false;
        if (!values.TryGetValue("username", out var user) || !values.TryGetValue("realm", out var realm)
            || !values.TryGetValue("nonce", out var nonce) || !values.TryGetValue("uri", out var uri)
            || !values.TryGetValue("response", out var response))
            return false;
        if (!TryUse(values, algorithm, nonce, out var use))
            return false;
        answer = new DigestAuthorization(user, realm, uri, response, use);
        return true;
    }

    /// <summary>The text without the proof, for logs.</summary>
    public override string ToString() => $"{User} in {Realm}";

    // RFC 7616 §3.4: with qop there are nc (eight hex digits) and cnonce; without it neither.
    private static bool TryUse(Dictionary<string, string> values, DigestAlgorithm algorithm, string nonce, out DigestUse use)
    {
        use = new DigestUse(algorithm, nonce, 0, "", DigestQop.None);
        if (!values.TryGetValue("qop", out var name))
            return true;
        var qop = name.ToLowerInvariant() switch
        {
            "auth" => DigestQop.Auth,
            "auth-int" => DigestQop.AuthInt,
            _ => DigestQop.None,
        };
        if (qop == DigestQop.None || !values.TryGetValue("cnonce", out var clientNonce) || !values.TryGetValue("nc", out var count)
            || count.Length != 8 || !uint.TryParse(count, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number))
            return false;
        use = use with { Count = number, ClientNonce = clientNonce, Qop = qop };
        return true;
    }
}
