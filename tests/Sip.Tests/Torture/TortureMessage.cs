using System.Text;
using System.Text.RegularExpressions;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests.Torture;

/// <summary>A message that is hard to bear, and what its document demands of who gets it.</summary>
/// <param name="Name">The name that its document gives it, or ours.</param>
/// <param name="Place">Where it is demanded.</param>
/// <param name="Octets">The message.</param>
/// <param name="Statuses">The final responses; none: it is discarded.</param>
internal sealed record TortureMessage(string Name, string Place, byte[] Octets, params int[] Statuses)
{
    /// <summary>The final responses over a stream, where they are others.</summary>
    public int[]? StreamStatuses { get; init; }

    /// <summary>Whether the end of the message can't be told, so that the stream ends with it (RFC 3261 §18.3).</summary>
    public bool EndsStream { get; init; }

    /// <summary>What the parser made of it. Null: nothing that could be used.</summary>
    public Action<SipMessage>? Reads { get; init; }

    /// <summary>Makes a message of lines as the documents show them. The body follows them as it is; <c>ℓ</c> stands for its length.</summary>
    public static TortureMessage Of(string name, string place, string lines, string body, params int[] statuses) =>
        Of(name, place, lines, Encoding.UTF8.GetBytes(body.ReplaceLineEndings("\r\n")), statuses);

    /// <inheritdoc cref="Of(string, string, string, string, int[])"/>
    public static TortureMessage Of(string name, string place, string lines, byte[] body, params int[] statuses) =>
        new(name, place, [.. Head(lines.Replace("ℓ", body.Length.ToString())), .. body], statuses);

    /// <summary>The session that most messages of RFC 4475 offer.</summary>
    public static string Sdp(string address, string times = "0 0") => $"""
        v=0
        o=mhandley 29739 7272939 IN IP4 {address}
        s=-
        c=IN IP4 {address}
        t={times}
        m=audio 49217 RTP/AVP 0 12
        m=video 3227 RTP/AVP 31
        a=rtpmap:31 LPC

        """;

    /// <summary>
    /// The message with an rport (RFC 3581) in its first Via, so that the response comes back to the socket of the test and not to
    /// the port that Via names. Nothing else is touched.
    /// </summary>
    public byte[] WithRport()
    {
        var text = Encoding.Latin1.GetString(Octets);
        var via = Regex.Match(text, @"(?:^|\r\n)(?:via|v)[ \t]*:(?:[^;,\r]|\r\n[ \t])*", RegexOptions.IgnoreCase);
        return via.Success ? Encoding.Latin1.GetBytes(text.Insert(via.Index + via.Length, ";rport")) : Octets;
    }

    // ␍ is a bare CR, ␊ a bare LF, ␀ ␇ ␡ are the controls of that picture, ␠ a space at the end of a line, ☐ a byte order mark, � an octet that is not UTF-8.
    private static byte[] Head(string lines)
    {
        var text = lines.ReplaceLineEndings("\r\n") + "\r\n\r\n";
        text = text.Replace('␀', '\0').Replace('␇', '\a').Replace('␡', '\x7f').Replace('␠', ' ').Replace('☐', '\uFEFF').Replace('␍', '\r').Replace('␊', '\n');
        return [.. text.Split('�').SelectMany((part, i) => i == 0 ? Encoding.UTF8.GetBytes(part) : [0xFF, .. Encoding.UTF8.GetBytes(part)])];
    }
}
