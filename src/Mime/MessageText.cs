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

    /// <summary>The text that the first <paramref name="maxOctets"/> of a part stand for.</summary>
    public static async ValueTask<string> ReadTextAsync(
        Stream content, MessagePart part, long maxOctets = MaxSearchedOctets, CancellationToken cancellationToken = default) =>
        PartText.Decode(part, await ReadAsync(content, part.BodyOffset, Math.Min(part.BodyLength, maxOctets), cancellationToken));

    private static async ValueTask<byte[]> ReadAsync(Stream content, long offset, long length, CancellationToken cancellationToken)
    {
        var octets = new byte[length];
        content.Position = offset;
        var read = await content.ReadAtLeastAsync(octets, octets.Length, false, cancellationToken);
        return read == octets.Length ? octets : octets[..read];
    }
}
