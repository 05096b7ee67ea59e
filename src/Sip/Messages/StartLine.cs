using System.Text;

namespace UnifiedMsg.Sip.Messages;

/// <summary>RFC 3261 §7.1 and §7.2: the first line, and the empty message it begins.</summary>
internal sealed class StartLine
{
    /// <summary>Stands for a Request-URI that could not be read, in a request that is only there to be refused.</summary>
    private static readonly SipUri Unreadable = SipUri.Parse("sip:invalid.invalid");

    /// <summary>Stands for a method that is no token; not a method itself, so that it is none that anybody serves.</summary>
    private const string NoMethod = "";

    private StartLine(SipMessage message) => Message = message;

    public SipMessage Message { get; }

    public string? Error { get; private init; }

    public int Status { get; private init; } = 400;

    /// <summary>Null when the line is neither a status line nor begins or ends like a request line, so that nothing could be answered.</summary>
    public static StartLine? Read(ReadOnlySpan<byte> line) =>
        line.Length > 4 && Ascii.EqualsIgnoreCase(line[..4], "SIP/"u8) ? ReadStatusLine(line) : ReadRequestLine(line);

    // Status-Line = SIP-Version SP Status-Code SP Reason-Phrase. A missing last space before an empty phrase is let through.
    private static StartLine? ReadStatusLine(ReadOnlySpan<byte> line)
    {
        if (line.Length < 11 || !Ascii.EqualsIgnoreCase(line[..8], "SIP/2.0 "u8) || (line.Length > 11 && line[11] != ' '))
            return null;
        if (!AreDigits(line[8..11]))
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
        if (first <= 0 || !SipGrammar.IsToken(line[..first]))
            return last >= 0 && IsVersion(trimmed[(last + 1)..], out _) ? Refused(NoMethod, 400, "Bad Request Line") : null;
        var method = SipMethods.From(line[..first]);
        if (last < first || !IsVersion(trimmed[(last + 1)..], out var isOurs))
            return Refused(method, 400, "Bad Request Line");
        if (!isOurs)
            return Refused(method, 505, ReasonPhrases.For(505));
        if (last == first || trimmed.Length != line.Length)
            return Refused(method, 400, "Bad Request Line");
        if (last - first > SipLimits.MaxUriOctets)
            return Refused(method, 414, ReasonPhrases.For(414));
        var text = Encoding.UTF8.GetString(line[(first + 1)..last]);
        // RFC 3261 §19.1.1: a Request-URI holds no header part.
        return SipUri.TryParse(text, out var uri) && uri.Headers is null
            ? new StartLine(new SipRequest(method, uri))
            : Refused(method, 400, "Bad Request-URI");
    }

    private static StartLine Refused(string method, int status, string error) =>
        new(new SipRequest(method, Unreadable)) { Error = error, Status = status };

    // SIP-Version = "SIP" "/" 1*DIGIT "." 1*DIGIT, in any case, and zeros before either number mean nothing (RFC 3261 §7.1, which
    // refers to RFC 2616 §3.1).
    private static bool IsVersion(ReadOnlySpan<byte> text, out bool isOurs)
    {
        isOurs = false;
        if (text.Length < 7 || !Ascii.EqualsIgnoreCase(text[..4], "SIP/"u8))
            return false;
        var dot = text.IndexOf((byte)'.');
        if (dot <= 4 || dot == text.Length - 1 || !AreDigits(text[4..dot]) || !AreDigits(text[(dot + 1)..]))
            return false;
        isOurs = text[4..dot].TrimStart((byte)'0').SequenceEqual("2"u8) && text[(dot + 1)..].TrimStart((byte)'0').IsEmpty;
        return true;
    }

    private static bool AreDigits(ReadOnlySpan<byte> text) => !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');
}
