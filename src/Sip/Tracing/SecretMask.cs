using System.Text;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tracing;

/// <summary>
/// Takes the secrets out of a message: what authenticates, signs or encrypts, the keys that a caller pressed (a PIN among them), and what
/// people write to one another. A masked octet is <c>*</c>, so that all lengths stay. When in doubt it masks more: a line ends here at
/// any line break, also one at which the parser sees no end.
/// </summary>
internal static class SecretMask
{
    private const byte Mask = (byte)'*';

    // RFC 7616 §3.3 to §3.5: what the secret is made of or proved with. Names and realms stay: they are what one looks for.
    private static readonly string[] DigestSecrets = ["response", "nonce", "cnonce", "nextnonce", "rspauth", "opaque", "auts"];

    /// <summary>A masked copy.</summary>
    public static byte[] Masked(ReadOnlySpan<byte> message)
    {
        var copy = message.ToArray();
        var end = copy.AsSpan().IndexOf("\r\n\r\n"u8);
        var head = copy.AsSpan(0, end < 0 ? copy.Length : end + 2);
        var contentType = MaskHead(head);
        MaskBody(end < 0 ? copy : copy.AsSpan(end + 4), contentType, copy);
        return copy;
    }

    private static string MaskHead(Span<byte> head)
    {
        var contentType = "";
        var name = "";
        while (head.Length > 0)
        {
            var line = TakeLine(ref head);
            MaskPasswords(line);
            // A fold goes on with the header before it (RFC 3261 §7.3.1).
            var folded = line.Length > 0 && line[0] is (byte)' ' or (byte)'\t';
            var colon = folded ? -1 : line.IndexOf((byte)':');
            if (colon > 0)
                name = SipHeaderNames.Canonicalize(line[..colon].TrimEnd(" \t"u8));
            var value = line[(colon + 1)..];
            if (name == SipHeaderNames.ContentType)
                contentType += Encoding.Latin1.GetString(value).Trim().ToLowerInvariant();
            else
                MaskHeader(name, value, folded);
        }
        return contentType;
    }

    private static void MaskHeader(string name, Span<byte> value, bool folded)
    {
        switch (name)
        {
            case SipHeaderNames.Authorization or SipHeaderNames.ProxyAuthorization or SipHeaderNames.WwwAuthenticate
                or SipHeaderNames.ProxyAuthenticate or "Authentication-Info" or "Proxy-Authentication-Info":
                if (folded || IsDigest(value) || name.EndsWith("-Info", StringComparison.Ordinal))
                    MaskParameters(value, DigestSecrets);
                else
                    Hide(value);
                break;
            case SipHeaderNames.Identity:
                MaskSignature(value, folded);
                break;
        }
    }

    private static bool IsDigest(ReadOnlySpan<byte> value) =>
        value.Length >= 8 && Ascii.EqualsIgnoreCase(value.TrimStart(" \t"u8)[..Math.Min(6, value.TrimStart(" \t"u8).Length)], "Digest"u8);

    // RFC 8224 §4: header.payload.signature, or ..signature; then parameters. A fold within the token hides the rest of it.
    private static void MaskSignature(Span<byte> value, bool folded)
    {
        var semicolon = value.IndexOf((byte)';');
        var token = semicolon < 0 ? value : value[..semicolon];
        var dot = token.LastIndexOf((byte)'.');
        if (dot >= 0)
            Hide(token[(dot + 1)..]);
        else if (folded && semicolon != 0)
            Hide(token);
    }

    /// <summary>The values of these parameters, quoted or not.</summary>
    private static void MaskParameters(Span<byte> value, string[] names)
    {
        var at = 0;
        while (at < value.Length)
        {
            var equals = value[at..].IndexOf((byte)'=');
            if (equals < 0)
                return;
            var before = value[at..(at + equals)].TrimEnd(" \t"u8);
            var name = Encoding.Latin1.GetString(before[(before.LastIndexOfAny(" ,\t"u8) + 1)..]);
            at += equals + 1;
            while (at < value.Length && value[at] is (byte)' ' or (byte)'\t')
                at++;
            var length = ValueLength(value[at..]);
            if (names.Contains(name, StringComparer.OrdinalIgnoreCase))
                Hide(value.Slice(at, length));
            at += length;
        }
    }

    private static int ValueLength(ReadOnlySpan<byte> text)
    {
        if (text.Length == 0 || text[0] != '"')
            return text.IndexOf((byte)',') is var comma and >= 0 ? comma : text.Length;
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '"')
                return i + 1;
        }
        return text.Length;
    }

    // RFC 3261 §19.1.1: sip:user:password@host.
    private static void MaskPasswords(Span<byte> line)
    {
        while (true)
        {
            var at = line.IndexOf((byte)'@');
            if (at < 0)
                return;
            var before = line[..at];
            var colon = before.LastIndexOf((byte)':');
            var scheme = colon < 0 ? -1 : before[..colon].LastIndexOfAny(":<,\" \t"u8);
            if (scheme >= 0 && before[scheme] == ':' && EndsWithScheme(before[..scheme]))
                Hide(before[(colon + 1)..]);
            line = line[(at + 1)..];
        }
    }

    private static bool EndsWithScheme(ReadOnlySpan<byte> text) =>
        (text.Length >= 3 && Ascii.EqualsIgnoreCase(text[^3..], "sip"u8)) || (text.Length >= 4 && Ascii.EqualsIgnoreCase(text[^4..], "sips"u8));

    // A message whose headers never end has its body somewhere in them.
    private static void MaskBody(Span<byte> body, string contentType, ReadOnlySpan<byte> head)
    {
        MaskSession(body);
        if (head.StartsWith("MESSAGE "u8) || contentType.Contains("kpml", StringComparison.Ordinal))
            Hide(body);
        else if (head.StartsWith("INFO "u8) || contentType.Contains("dtmf", StringComparison.Ordinal))
            MaskKeys(body);
    }

    // RFC 4568 §6.1 (inline:KEY|lifetime), RFC 4567 (key-mgmt), RFC 8866 §5.12 (k=), RFC 8839 §5.4 (ice-pwd).
    private static void MaskSession(Span<byte> body)
    {
        while (body.Length > 0)
        {
            var line = TakeLine(ref body);
            if (line.StartsWith("a=crypto:"u8))
                MaskInlineKeys(line);
            else if (line.StartsWith("a=key-mgmt:"u8) || line.StartsWith("a=ice-pwd:"u8))
                Hide(line[(line.IndexOf((byte)':') + 1)..]);
            else if (line.StartsWith("k="u8))
                Hide(line[2..]);
        }
    }

    private static void MaskInlineKeys(Span<byte> line)
    {
        while (true)
        {
            var key = line.IndexOf("inline:"u8);
            if (key < 0)
                return;
            line = line[(key + 7)..];
            var end = line.IndexOfAny("|; \t"u8);
            Hide(end < 0 ? line : line[..end]);
        }
    }

    // "Signal=5" and "Duration=160" on lines, or the key alone.
    private static void MaskKeys(Span<byte> body)
    {
        while (body.Length > 0)
        {
            var line = TakeLine(ref body);
            var equals = line.IndexOfAny("=:"u8);
            if (equals < 0 || !Ascii.EqualsIgnoreCase(line[..equals].Trim(" \t"u8), "Duration"u8))
                Hide(line[(equals + 1)..]);
        }
    }

    private static Span<byte> TakeLine(ref Span<byte> rest)
    {
        var end = rest.IndexOfAny("\r\n"u8);
        var line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return line;
    }

    /// <summary>Everything but white space and quotes.</summary>
    private static void Hide(Span<byte> text)
    {
        foreach (ref var octet in text)
        {
            if (octet is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'"'))
                octet = Mask;
        }
    }
}
