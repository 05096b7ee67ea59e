using System.Text;

namespace UnifiedMsg.Sip.Messages;

/// <summary>RFC 3261 §7.1 and §7.2: the first line, and the empty message it begins.</summary>
internal sealed class StartLine
{
    /// <summary>Stands for a Request-URI that could not be read, in a request that is only there to be refused.</summary>
    private static readonly SipUri Unreadable = SipUri.Parse("sip:invalid.invalid");

    private StartLine(SipMessage message) => Message = message;

    public SipMessage Message { get; }

    public string? Error { get; private init; }

    public int Status { get; private init; } = 400;

    /// <summary>Null when the line is neither a request line nor a status line that could be answered.</summary>
    public static StartLine? Read(ReadOnlySpan<byte> line) =>
        line.StartsWith("SIP/"u8) ? ReadStatusLine(line) : ReadRequestLine(line);

    // Status-Line = SIP-Version SP Status-Code SP Reason-Phrase. A missing last space before an empty phrase is let through.
    private static StartLine? ReadStatusLine(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith("SIP/2.0 "u8) || line.Length < 11 || (line.Length > 11 && line[11] != ' '))
            return null;
        if (line[8..11].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return null;
        var status = ((line[8] - '0') * 100) + ((line[9] - '0') * 10) + line[10] - '0';
        if (status is < 100 or > 699)
            return null;
        var reason = line.Length > 12 ? Encoding.UTF8.GetString(line[12..]) : "";
        return reason.AsSpan().ContainsAny('\r', '\n', '\0') ? null : new StartLine(new SipResponse(status, reason));
    }

    // Request-Line = Method SP Request-URI SP SIP-Version, with exactly one space each.
    private static StartLine? ReadRequestLine(ReadOnlySpan<byte> line)
    {
        var first = line.IndexOf((byte)' ');
        var trimmed = line.TrimEnd(" \t"u8);
        var last = trimmed.LastIndexOf((byte)' ');
        if (first <= 0 || !SipGrammar.IsToken(line[..first]) || last <= 0)
            return null;
        var version = trimmed[(last + 1)..];
        if (!version.StartsWith("SIP/"u8) && !version.StartsWith("sip/"u8))
            return null;
        var method = SipMethods.From(line[..first]);
        if (!Ascii.EqualsIgnoreCase(version, "SIP/2.0"u8))
            return new StartLine(new SipRequest(method, Unreadable)) { Error = ReasonPhrases.For(505), Status = 505 };
        if (last <= first || trimmed.Length != line.Length)
            return new StartLine(new SipRequest(method, Unreadable)) { Error = "Bad Request Line" };
        var text = Encoding.UTF8.GetString(line[(first + 1)..last]);
        // RFC 3261 §19.1.1: a Request-URI holds no header part.
        return SipUri.TryParse(text, out var uri) && uri.Headers is null
            ? new StartLine(new SipRequest(method, uri))
            : new StartLine(new SipRequest(method, Unreadable)) { Error = "Bad Request-URI" };
    }
}
