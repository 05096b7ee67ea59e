using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using MimeKit.Encodings;
using MimeKit.Text;

namespace UnifiedMsg.Mime;

/// <summary>The text that a part's octets stand for: transfer encoding, charset and HTML taken off. It is in the search index: a change of it is
/// a new version of that.</summary>
public static class PartText
{
    // HTML §4.5, §4.7.1 and the older ones of §16.2: what is inside them goes on with the word that they stand in.
    private static readonly FrozenSet<string> Inline = FrozenSet.ToFrozenSet(
        [
            "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "dfn", "em", "font", "i", "ins", "kbd", "mark", "q", "s", "samp", "small", "span",
            "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Decodes a text part; a body that is cut off gives the text of what is there. Never fails on broken content.</summary>
    public static string Decode(MessagePart part, ReadOnlySpan<byte> body)
    {
        var input = ArrayPool<byte>.Shared.Rent(body.Length);
        body.CopyTo(input);
        var output = input;
        var length = body.Length;
        try
        {
            if (Decoder(part.Encoding) is { } decoder)
            {
                output = ArrayPool<byte>.Shared.Rent(decoder.EstimateOutputLength(length));
                length = decoder.Decode(input, 0, length, output);
            }

            var text = Charset(part).GetString(output, 0, length);
            return part.Subtype == "html" ? StripHtml(text) : text;
        }
        finally
        {
            if (!ReferenceEquals(output, input)) ArrayPool<byte>.Shared.Return(output);
            ArrayPool<byte>.Shared.Return(input);
        }
    }

    private static IMimeDecoder? Decoder(string encoding) => encoding switch
    {
        "base64" => new Base64Decoder(),
        "quoted-printable" => new QuotedPrintableDecoder(),
        "x-uuencode" or "uuencode" => new UUDecoder(),
        _ => null,
    };

    /// <summary>The charset of a part; UTF-8 when it is absent, ASCII or unknown, which reads what most mail means.</summary>
    private static Encoding Charset(MessagePart part)
    {
        string? name = null;
        foreach (var parameter in part.Parameters)
            if (parameter.Key == "charset") name = parameter.Value;
        if (name is null || name.Equals("us-ascii", StringComparison.OrdinalIgnoreCase)) return Encoding.UTF8;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            // The second is for UTF-7, whose name the runtime knows and which it refuses to decode.
            return Encoding.UTF8;
        }
    }

    private static string StripHtml(string html)
    {
        var text = new StringBuilder(html.Length);
        var tokenizer = new HtmlTokenizer(new StringReader(html)) { DecodeCharacterReferences = true };
        var hidden = 0;
        while (tokenizer.ReadNextToken(out var token))
        {
            if (token is HtmlTagToken tag)
            {
                if (tag.Id is HtmlTagId.Style or HtmlTagId.Script or HtmlTagId.Title && !tag.IsEmptyElement)
                    hidden = Math.Max(0, hidden + (tag.IsEndTag ? -1 : 1));
                if (!Inline.Contains(tag.Name))
                    text.Append(' ');
            }
            else if (hidden == 0 && token.Kind == HtmlTokenKind.Data)
            {
                text.Append(((HtmlDataToken)token).Data);
            }
        }

        return text.ToString();
    }
}
