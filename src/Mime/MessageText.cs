using System.Text;
using MimeKit;
using MimeKit.IO;
using MimeKit.IO.Filters;
using MimeKit.Utils;

namespace UnifiedMsg.Mime;

/// <summary>What of a message is text for people: decoded header values and dates, text parts, decoded parts.</summary>
public static class MessageText
{
    /// <summary>Octets of one part that a search reads; what lies beyond is not found.</summary>
    public const int MaxSearchedOctets = 4 * 1024 * 1024;

    /// <summary>A header value with its RFC 2047 words decoded.</summary>
    public static string DecodeHeader(string value) =>
        value.Contains("=?", StringComparison.Ordinal) ? Rfc2047.DecodeText(Encoding.UTF8.GetBytes(value)) : value;

    /// <summary>Reads a Date header, with what old mailers write; false when there is no date in it.</summary>
    public static bool TryParseDate(string? value, out DateTimeOffset date)
    {
        date = default;
        return value is not null && DateUtils.TryParse(value, out date);
    }

    /// <summary>Whether a text part of the message, or its header if <paramref name="withHeader"/>, has this text, in any case.</summary>
    public static async ValueTask<bool> ContainsAsync(
        Stream content, MessageSummary summary, string text, bool withHeader, CancellationToken cancellationToken = default)
    {
        if (withHeader)
        {
            var header = await ReadHeaderAsync(content, summary.Body, cancellationToken);
            for (var i = 0; i < header.Count; i++)
            {
                if (Encoding.Latin1.GetString(header.NameAt(i)).Contains(text, StringComparison.OrdinalIgnoreCase)
                    || DecodeHeader(header.ValueAt(i)).Contains(text, StringComparison.OrdinalIgnoreCase)) return true;
            }
        }

        return await PartContainsAsync(content, summary.Body, text, cancellationToken);
    }

    /// <summary>The header of a part, at most <see cref="SummaryLimits.MaxHeaderOctets"/> of it.</summary>
    public static async ValueTask<HeaderBlock> ReadHeaderAsync(Stream content, MessagePart part, CancellationToken cancellationToken = default) =>
        new(await ReadAsync(
            content, part.HeaderOffset, Math.Min(part.BodyOffset - part.HeaderOffset, SummaryLimits.MaxHeaderOctets), cancellationToken));

    /// <summary>The content of a part with its transfer encoding taken off, as it is read; null for an encoding that is unknown.
    /// Reading it moves <paramref name="content"/>, which it does not close.</summary>
    public static Stream? OpenDecoded(Stream content, MessagePart part)
    {
        var body = new BoundStream(content, part.BodyOffset, part.BodyOffset + part.BodyLength, true);
        body.Position = 0;
        if (part.Encoding is "7bit" or "8bit" or "binary") return body;
        var encoding = part.Encoding switch
        {
            "base64" => ContentEncoding.Base64,
            "quoted-printable" => ContentEncoding.QuotedPrintable,
            "x-uuencode" or "uuencode" => ContentEncoding.UUEncode,
            _ => ContentEncoding.Default,
        };
        if (encoding == ContentEncoding.Default) return null;
        var decoded = new FilteredStream(body);
        decoded.Add(DecoderFilter.Create(encoding));
        return decoded;
    }

    private static async ValueTask<bool> PartContainsAsync(Stream content, MessagePart part, string text, CancellationToken cancellationToken)
    {
        if (part.Type == "text" && part.Children.Count == 0)
        {
            var body = await ReadAsync(content, part.BodyOffset, Math.Min(part.BodyLength, MaxSearchedOctets), cancellationToken);
            return PartText.Decode(part, body).Contains(text, StringComparison.OrdinalIgnoreCase);
        }

        foreach (var child in part.Children)
            if (await PartContainsAsync(content, child, text, cancellationToken)) return true;
        return false;
    }

    private static async ValueTask<byte[]> ReadAsync(Stream content, long offset, long length, CancellationToken cancellationToken)
    {
        var octets = new byte[length];
        content.Position = offset;
        var read = await content.ReadAtLeastAsync(octets, octets.Length, false, cancellationToken);
        return read == octets.Length ? octets : octets[..read];
    }
}
