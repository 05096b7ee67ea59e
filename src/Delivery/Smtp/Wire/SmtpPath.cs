using System.Net;
using System.Text;

namespace UnifiedMsg.Delivery.Smtp.Wire;

/// <summary>Reads the paths of MAIL and RCPT. RFC 5321 §4.1.2.</summary>
/// <remarks>Grammar: <c>Path = "&lt;" [ A-d-l ":" ] Mailbox "&gt;"</c>, <c>Mailbox = Local-part "@" ( Domain / address-literal )</c>,
/// with UTF-8 in both parts as RFC 6531 §3.3 widens it.</remarks>
internal static class SmtpPath
{
    /// <summary>RFC 5321 §4.5.3.1.1.</summary>
    public const int MaxLocalPartLength = 64;

    /// <summary>RFC 5321 §4.5.3.1.2.</summary>
    public const int MaxDomainLength = 255;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>Reads <c>&lt;path&gt;</c> at the start of <paramref name="text"/>, white space before it allowed.</summary>
    /// <param name="text">The argument after <c>FROM:</c> or <c>TO:</c>.</param>
    /// <param name="address">The mailbox without brackets, route and needless quoting; empty for <c>&lt;&gt;</c>.</param>
    /// <param name="rest">What follows the path: the parameters.</param>
    /// <returns>False when the text is not a path.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out string address, out ReadOnlySpan<byte> rest)
    {
        address = "";
        rest = default;
        text = text.TrimStart((byte)' ');
        if (text is not [(byte)'<', ..] || FindEnd(text) is not (> 0 and var end))
            return false;
        rest = text[(end + 1)..];
        return (rest.IsEmpty || rest[0] == (byte)' ') && TryParseMailbox(SkipRoute(text[1..end]), allowBareName: true, out address);
    }

    /// <summary>Reads a mailbox, or a lone <c>postmaster</c> (RFC 5321 §4.1.1.3) where <paramref name="allowBareName"/> says so.</summary>
    public static bool TryParseMailbox(ReadOnlySpan<byte> text, bool allowBareName, out string address)
    {
        address = "";
        if (text.IsEmpty)
            return true;
        if (!TryDecode(text, out var decoded))
            return false;
        if (allowBareName && decoded.Equals("postmaster", StringComparison.OrdinalIgnoreCase))
        {
            address = "postmaster";
            return true;
        }
        var at = decoded.LastIndexOf('@');
        if (at <= 0 || !IsDomain(decoded.AsSpan(at + 1)) || !TryReadLocalPart(decoded.AsSpan(0, at), out var local))
            return false;
        address = $"{local}@{decoded.AsSpan(at + 1)}";
        return true;
    }

    /// <summary>Whether this is a domain or an address literal, as HELO and mailboxes have it.</summary>
    public static bool IsDomain(ReadOnlySpan<char> domain)
    {
        if (domain is ['[', .., ']'])
            return IsAddressLiteral(domain[1..^1]);
        if (domain.Length is 0 or > MaxDomainLength)
            return false;
        var labelLength = 0;
        foreach (var c in domain)
        {
            if (c == '.')
            {
                if (labelLength == 0)
                    return false;
                labelLength = 0;
                continue;
            }
            // '_' is not in the grammar, but names of Windows machines have it.
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_') && (char.IsAscii(c) || char.IsControl(c) || char.IsWhiteSpace(c)))
                return false;
            labelLength++;
        }
        return labelLength > 0;
    }

    // The first '>' outside a quoted string ends the path.
    private static int FindEnd(ReadOnlySpan<byte> text)
    {
        var quoted = false;
        for (var i = 1; i < text.Length; i++)
        {
            var b = text[i];
            if (quoted && b == (byte)'\\')
                i++;
            else if (b == (byte)'"')
                quoted = !quoted;
            else if (b == (byte)'>' && !quoted)
                return i;
        }
        return -1;
    }

    // RFC 5321 appendix C: a source route is accepted and ignored.
    private static ReadOnlySpan<byte> SkipRoute(ReadOnlySpan<byte> path)
    {
        if (path is not [(byte)'@', ..])
            return path;
        var colon = path.IndexOf((byte)':');
        return colon < 0 ? path : path[(colon + 1)..];
    }

    private static bool TryDecode(ReadOnlySpan<byte> text, out string decoded)
    {
        try
        {
            decoded = StrictUtf8.GetString(text);
            return true;
        }
        catch (DecoderFallbackException)
        {
            decoded = "";
            return false;
        }
    }

    private static bool TryReadLocalPart(ReadOnlySpan<char> text, out string local)
    {
        local = "";
        if (text is not ['"', .., '"'] || text.Length < 2)
        {
            local = text.ToString();
            return IsDotString(text);
        }
        if (!TryUnquote(text[1..^1], out var content))
            return false;
        // "alice"@example.test is alice@example.test; what needs its quotes keeps them.
        local = IsDotString(content) ? content : text.ToString();
        return content.Length <= MaxLocalPartLength;
    }

    private static bool TryUnquote(ReadOnlySpan<char> quoted, out string content)
    {
        var plain = new StringBuilder(quoted.Length);
        content = "";
        for (var i = 0; i < quoted.Length; i++)
        {
            var c = quoted[i];
            if (c == '\\' && ++i < quoted.Length)
                c = quoted[i];
            else if (c is '"' or '\\')
                return false;
            if (char.IsControl(c))
                return false;
            plain.Append(c);
        }
        content = plain.ToString();
        return true;
    }

    private static bool IsDotString(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxLocalPartLength || text[0] == '.' || text[^1] == '.')
            return false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var isText = char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-/=?^_`{|}~".Contains(c)
                || (!char.IsAscii(c) && !char.IsControl(c) && !char.IsWhiteSpace(c));
            if (!isText && (c != '.' || text[i - 1] == '.'))
                return false;
        }
        return true;
    }

    // RFC 5321 §4.1.3: an IPv4 address, or IPv6 with its tag.
    private static bool IsAddressLiteral(ReadOnlySpan<char> literal) =>
        literal.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase)
            ? IPAddress.TryParse(literal[5..], out var six) && six.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
            : literal.Count('.') == 3 && IPAddress.TryParse(literal, out _);
}
