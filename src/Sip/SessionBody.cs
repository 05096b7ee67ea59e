using System.Text;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip;

/// <summary>Finds the session description in a body (RFC 5621): alone, or beside other things such as ISUP in a multipart.</summary>
internal static class SessionBody
{
    /// <summary>Parts that are looked at; gateways send two.</summary>
    private const int MaxParts = 16;

    /// <summary>The session description, or null.</summary>
    public static string? Find(SipMessage message)
    {
        if (message.Body.IsEmpty || message.ContentType is not { } type)
            return null;
        if (type == SipBody.SdpType)
            return ContentDisposition.IsSession(message.Headers[SipHeaderNames.ContentDisposition]) ? message.BodyText : null;
        return type.StartsWith("multipart/", StringComparison.Ordinal) ? FindPart(message) : null;
    }

    private static string? FindPart(SipMessage message)
    {
        var header = message.Headers[SipHeaderNames.ContentType]!;
        var semicolon = header.IndexOf(';');
        if (semicolon < 0 || !SipParameters.TryParse(header.AsSpan(semicolon), uri: false, out var parameters)
            || parameters["boundary"] is not { Length: > 0 and <= 70 } boundary)
            return null;
        // Latin 1 keeps every octet, so that a binary part beside the session does no harm.
        var rest = ("\r\n" + Encoding.Latin1.GetString(message.Body.Span)).AsSpan();
        var delimiter = "\r\n--" + boundary;
        if (!TakePart(ref rest, delimiter, out _))
            return null;
        for (var count = 0; count < MaxParts; count++)
        {
            var isLast = !TakePart(ref rest, delimiter, out var part);
            var end = part.IndexOf("\r\n\r\n");
            if (end >= 0 && IsSession(part[..end]))
                return Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(part[(end + 4)..].ToArray()));
            if (isLast)
                break;
        }
        return null;
    }

    /// <summary>
    /// What stands before the next delimiter (RFC 2046 §5.1.1), which is taken away with it up to its line break. False when that was the
    /// last one.
    /// </summary>
    private static bool TakePart(ref ReadOnlySpan<char> rest, string delimiter, out ReadOnlySpan<char> part)
    {
        part = rest;
        for (var from = 0; rest[from..].IndexOf(delimiter) is var next and >= 0; from += next + delimiter.Length)
        {
            var behind = rest[(from + next + delimiter.Length)..];
            var line = behind.IndexOf("\r\n");
            var isEnd = behind.StartsWith("--");
            // A line that only begins like the delimiter is part of the part.
            if (!isEnd && (line < 0 || SipGrammar.Trim(behind[..line]).Length > 0))
                continue;
            part = rest[..(from + next)];
            rest = isEnd ? default : behind[line..];
            return !isEnd;
        }
        rest = default;
        return false;
    }

    private static bool IsSession(ReadOnlySpan<char> head)
    {
        string? type = null;
        string? disposition = null;
        foreach (var range in head.Split("\r\n"))
        {
            var line = head[range];
            var colon = line.IndexOf(':');
            if (colon <= 0)
                continue;
            var name = SipHeaderNames.Canonicalize(SipGrammar.Trim(line[..colon]).ToString());
            if (name == SipHeaderNames.ContentType)
                type ??= line[(colon + 1)..].ToString().Split(';', 2)[0].Trim();
            else if (name == SipHeaderNames.ContentDisposition)
                disposition ??= line[(colon + 1)..].ToString();
        }
        return SipBody.SdpType.Equals(type, StringComparison.OrdinalIgnoreCase) && ContentDisposition.IsSession(disposition);
    }
}
