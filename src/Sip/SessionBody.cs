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
        if (message.Body.IsEmpty)
            return null;
        if (message.ContentType is { } type)
        {
            if (type == SipBody.SdpType)
                return message.BodyText;
            if (type.StartsWith("multipart/", StringComparison.Ordinal))
                return FindPart(message);
        }
        return null;
    }

    private static string? FindPart(SipMessage message)
    {
        var header = message.Headers[SipHeaderNames.ContentType]!;
        var semicolon = header.IndexOf(';');
        if (semicolon < 0 || !SipParameters.TryParse(header.AsSpan(semicolon), uri: false, out var parameters)
            || parameters["boundary"] is not { Length: > 0 and <= 70 } boundary)
            return null;
        // Latin 1 keeps every octet, so that a binary part beside the session does no harm.
        var text = Encoding.Latin1.GetString(message.Body.Span);
        var parts = ("\r\n" + text).Split("\r\n--" + boundary, MaxParts + 1);
        foreach (var part in parts.Skip(1))
        {
            var end = part.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0 || part.StartsWith("--", StringComparison.Ordinal))
                continue;
            if (IsSession(part[..end]))
                return Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(part[(end + 4)..]));
        }
        return null;
    }

    private static bool IsSession(string head)
    {
        foreach (var line in head.Split("\r\n"))
        {
            var colon = line.IndexOf(':');
            if (colon > 0 && SipHeaderNames.Canonicalize(line[..colon].Trim()) == SipHeaderNames.ContentType)
                return line[(colon + 1)..].Split(';', 2)[0].Trim().Equals(SipBody.SdpType, StringComparison.OrdinalIgnoreCase);
        }
        return false;
    }
}
