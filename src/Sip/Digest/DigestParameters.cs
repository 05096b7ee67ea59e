using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Digest;

/// <summary>The parameters that challenge, answer and Authentication-Info are made of (RFC 7616 §3.3, §3.4, §3.5).</summary>
internal static class DigestParameters
{
    private const string Scheme = "Digest ";

    /// <summary>The parameters behind the word Digest; null for another scheme and malformed text.</summary>
    public static Dictionary<string, string>? ReadScheme(string text) =>
        text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? Read(text.AsSpan(Scheme.Length)) : null;

    // auth-param = auth-param-name EQUAL ( token / quoted-string ), separated by commas; each at most once (RFC 7235 §2.1).
    public static Dictionary<string, string>? Read(ReadOnlySpan<char> text)
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
            if (!values.TryAdd(SipGrammar.Trim(item[..equals]).ToString(), SipGrammar.Unquote(SipGrammar.Trim(item[(equals + 1)..]))))
                return null;
        }
        return values;
    }
}
