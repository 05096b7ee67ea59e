using System.Text;
using System.Text.Unicode;

namespace UnifiedMsg.Sip.Messages;

/// <summary>What became of some octets.</summary>
/// <param name="Message">
/// The message. With an <paramref name="Error"/> it is a request that can be answered, but not served. Null: to be dropped.
/// </param>
/// <param name="Error">What is wrong, in words for a reason phrase; null when nothing is.</param>
/// <param name="Status">
/// The status to refuse the request with: 400, 505 for a version that is not ours, 501 for a method that is not, 413, 414 or 513 for what
/// is well formed and longer than we read.
/// </param>
public readonly record struct SipParseResult(SipMessage? Message, string? Error, int Status = 400)
{
    /// <summary>Whether the message can be used.</summary>
    public bool IsGood => Message is not null && Error is null;
}

/// <summary>Octets to messages (RFC 3261 §7 and §25.1). It never throws, whatever the octets are.</summary>
public static class SipParser
{
    /// <summary>Reads one whole message: a datagram, or what <see cref="SipStreamFramer"/> cut out of a stream.</summary>
    public static SipParseResult Parse(ReadOnlySpan<byte> octets)
    {
        while (octets.StartsWith("\r\n"u8))
            octets = octets[2..];
        if (octets.Length > SipLimits.MaxMessageOctets)
            return new SipParseResult(null, "Message Too Large");
        var end = octets.IndexOf("\r\n\r\n"u8);
        var head = end < 0 ? octets : octets[..(end + 2)];
        var firstEnd = head.IndexOf("\r\n"u8);
        if (firstEnd <= 0 || StartLine.Read(head[..firstEnd]) is not { } start)
            return new SipParseResult(null, "Bad Start Line");

        var message = start.Message;
        var error = start.Error;
        var status = start.Status;
        var bad = ReadHeaders(head[(firstEnd + 2)..], message.Headers, out var isTooLong);
        // A stream is cut off where the header fields are too long (SipStreamFramer), so that their end is missing.
        if (error is null && (isTooLong || (end < 0 && head.Length >= SipLimits.MaxHeaderOctets)))
            (error, status) = (ReasonPhrases.For(513), 513);
        error ??= bad;
        if (end < 0)
            error ??= "Headers Without End";
        error ??= ReadBody(end < 0 ? default : octets[(end + 4)..], message);
        if (error is null && message.Body.Length > SipLimits.MaxBodyOctets)
            (error, status) = (ReasonPhrases.For(413), 413);
        if (error is null && SipMessageCheck.HasTooManyValues(message.Headers))
            (error, status) = (ReasonPhrases.For(513), 513);
        error ??= SipMessageCheck.Check(message);
        if (error is null && message is SipRequest request)
            (error, status) = SipMessageCheck.CheckMethod(request);
        if (error is null)
            return new SipParseResult(message, null);
        return new SipParseResult(SipMessageCheck.CanBeAnswered(message) ? message : null, error, status);
    }

    /// <summary>What is wrong with the header fields, or null; apart from it, whether there is more of them than we read.</summary>
    private static string? ReadHeaders(ReadOnlySpan<byte> head, SipHeaders headers, out bool isTooLong)
    {
        isTooLong = head.Length > SipLimits.MaxHeaderOctets;
        if (isTooLong)
            head = head[..SipLimits.MaxHeaderOctets];
        string? error = null;
        while (head.Length > 0)
        {
            var length = LineLength(head, out var folded);
            var line = head[..length];
            head = head[Math.Min(head.Length, length + 2)..];
            isTooLong |= line.Length > SipLimits.MaxHeaderLineOctets;
            if (headers.Count == SipLimits.MaxHeaders)
            {
                isTooLong = true;
                break;
            }
            // One bad line does not hide the others: they are needed to answer the request.
            var bad = line.Length > SipLimits.MaxHeaderLineOctets ? null : ReadHeader(line, folded, headers);
            error ??= bad;
        }
        return error;
    }

    /// <summary>The octets up to the line break that ends a header, over its folds (RFC 3261 §7.3.1).</summary>
    internal static int LineLength(ReadOnlySpan<byte> head, out bool folded)
    {
        folded = false;
        var from = 0;
        while (true)
        {
            var at = head[from..].IndexOf("\r\n"u8);
            if (at < 0)
                return head.Length;
            from += at;
            if (from + 2 >= head.Length || head[from + 2] is not ((byte)' ' or (byte)'\t'))
                return from;
            folded = true;
            from += 2;
        }
    }

    private static string? ReadHeader(ReadOnlySpan<byte> line, bool folded, SipHeaders headers)
    {
        var colon = line.IndexOf((byte)':');
        if (colon <= 0)
            return "Header Without Colon";
        var name = line[..colon].TrimEnd(" \t"u8);
        if (!SipGrammar.IsToken(name))
            return "Bad Header Name";
        var value = line[(colon + 1)..];
        if (!Utf8.IsValid(value))
            return "Header Not UTF-8";
        var text = Encoding.UTF8.GetString(value.Trim(" \t\r\n"u8));
        if (folded)
            text = Unfold(text);
        if (SipGrammar.HasStrayControl(text))
            return "Control Character In Header";
        headers.AddParsed(SipHeaderNames.Canonicalize(name), text);
        return null;
    }

    // RFC 3261 §7.3.1: a fold and the white space around it are one space.
    private static string Unfold(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\r' || i + 1 >= text.Length || text[i + 1] != '\n')
            {
                result.Append(text[i]);
                continue;
            }
            i++;
            while (i + 1 < text.Length && text[i + 1] is ' ' or '\t' or '\r' or '\n')
                i++;
            while (result.Length > 0 && result[^1] is ' ' or '\t')
                result.Length--;
            result.Append(' ');
        }
        return result.ToString();
    }

    // RFC 3261 §18.3: what follows the body in a datagram is ignored, a body that is shorter than it says is an error.
    private static string? ReadBody(ReadOnlySpan<byte> rest, SipMessage message)
    {
        var length = rest.Length;
        if (message.Headers[SipHeaderNames.ContentLength] is { } text)
        {
            if (message.Headers.CountOf(SipHeaderNames.ContentLength) > 1)
                return "Several Content-Length";
            if (!SipGrammar.TryNumber(text, int.MaxValue, out var declared))
                return "Bad Content-Length";
            if (declared > rest.Length)
                return "Body Shorter Than Content-Length";
            length = (int)declared;
        }
        if (length > 0)
            message.Body = rest[..length].ToArray();
        return null;
    }
}
