using System.Text;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Digest;

/// <summary>What a server asks for in WWW-Authenticate or Proxy-Authenticate (RFC 7616 §3.3, RFC 8760).</summary>
public sealed record DigestChallenge(string Realm, string Nonce, string Algorithm, string? Opaque, bool OffersQop, bool IsStale)
{
    /// <summary>Reads one challenge. False for schemes other than Digest, unknown algorithms, and malformed text.</summary>
    public static bool TryParse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out DigestChallenge? challenge)
    {
        challenge = null;
        if (!text.StartsWith("Digest ", StringComparison.OrdinalIgnoreCase) || ReadParameters(text.AsSpan(7)) is not { } values)
            return false;
        if (!values.TryGetValue("realm", out var realm) || !values.TryGetValue("nonce", out var nonce))
            return false;
        var algorithm = values.GetValueOrDefault("algorithm", "MD5").ToUpperInvariant();
        if (algorithm is not ("MD5" or "SHA-256"))
            return false;
        var qop = values.GetValueOrDefault("qop");
        // A server that wants only auth-int wants the body protected, which nobody in the field does.
        var auth = qop is null || qop.Split(',', StringSplitOptions.TrimEntries).Contains("auth", StringComparer.OrdinalIgnoreCase);
        if (!auth)
            return false;
        challenge = new DigestChallenge(realm, nonce, algorithm, values.GetValueOrDefault("opaque"), qop is not null,
            values.GetValueOrDefault("stale", "").Equals("true", StringComparison.OrdinalIgnoreCase));
        return true;
    }

    // auth-param = auth-param-name EQUAL ( token / quoted-string ), separated by commas.
    private static Dictionary<string, string>? ReadParameters(ReadOnlySpan<char> text)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (text.Length > 0)
        {
            var comma = SipGrammar.IndexOutside(text, ',');
            if (comma == -2 || values.Count == SipLimits.MaxParameters)
                return null;
            var item = SipGrammar.Trim(comma < 0 ? text : text[..comma]);
            text = comma < 0 ? default : text[(comma + 1)..];
            var equals = item.IndexOf('=');
            if (equals <= 0)
                return null;
            values[SipGrammar.Trim(item[..equals]).ToString()] = SipGrammar.Unquote(SipGrammar.Trim(item[(equals + 1)..]));
        }
        return values;
    }

    /// <summary>The text without secrets, for logs.</summary>
    public override string ToString() => new StringBuilder(Algorithm).Append(" in ").Append(Realm).ToString();
}
