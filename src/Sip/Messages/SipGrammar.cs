using System.Buffers;
using System.Text;

namespace UnifiedMsg.Sip.Messages;

/// <summary>The small shared pieces of the grammar of RFC 3261 §25.1: tokens, quoted strings, lists, escapes.</summary>
internal static class SipGrammar
{
    private const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    // token = 1*(alphanum / "-" / "." / "!" / "%" / "*" / "_" / "+" / "`" / "'" / "~" )
    private static readonly SearchValues<char> TokenChars = SearchValues.Create(Alphanumeric + "-.!%*_+`'~");
    private static readonly SearchValues<byte> TokenBytes = SearchValues.Create(Encoding.ASCII.GetBytes(Alphanumeric + "-.!%*_+`'~"));

    public static bool IsToken(ReadOnlySpan<char> text) => text.Length > 0 && !text.ContainsAnyExcept(TokenChars);

    public static bool IsToken(ReadOnlySpan<byte> text) => text.Length > 0 && !text.ContainsAnyExcept(TokenBytes);

    public static ReadOnlySpan<char> Trim(ReadOnlySpan<char> text) => text.Trim(" \t");

    /// <summary>
    /// The first <paramref name="separator"/> outside quoted strings and angle brackets; −1 when there is none,
    /// −2 when a quote or bracket is never closed.
    /// </summary>
    public static int IndexOutside(ReadOnlySpan<char> text, char separator)
    {
        var inBrackets = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '"' && !inBrackets)
            {
                i = SkipQuoted(text, i);
                if (i < 0)
                    return -2;
            }
            else if (c == separator && !inBrackets)
                return i;
            else if (c == '<')
                inBrackets = true;
            else if (c == '>')
                inBrackets = false;
        }
        return inBrackets ? -2 : -1;
    }

    /// <summary>The index of the quote that closes the one at <paramref name="start"/>; −1 when there is none.</summary>
    public static int SkipQuoted(ReadOnlySpan<char> text, int start)
    {
        for (var i = start + 1; i < text.Length; i++)
        {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '"')
                return i;
        }
        return -1;
    }

    /// <summary>A quoted string without its quotes and backslashes; anything else unchanged.</summary>
    public static string Unquote(ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[0] != '"' || text[^1] != '"')
            return text.ToString();
        var inner = text[1..^1];
        if (!inner.Contains('\\'))
            return inner.ToString();
        var result = new StringBuilder(inner.Length);
        for (var i = 0; i < inner.Length; i++)
        {
            if (inner[i] == '\\' && i + 1 < inner.Length)
                i++;
            result.Append(inner[i]);
        }
        return result.ToString();
    }

    /// <summary>The text as a quoted string.</summary>
    public static string Quote(string text) => "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";

    /// <summary>Percent escapes decoded as UTF-8; a broken escape stays as it is (RFC 3261 §19.1.2).</summary>
    public static string Unescape(ReadOnlySpan<char> text) => text.Contains('%') ? Uri.UnescapeDataString(text) : text.ToString();

    /// <summary>
    /// Whether there is a line break, or a NUL that is not the second half of a quoted pair (RFC 3261 §25.1: the only place for one).
    /// </summary>
    public static bool HasStrayControl(ReadOnlySpan<char> text)
    {
        for (var from = 0; text[from..].IndexOfAny('\r', '\n', '\0') is var next and >= 0; from += next + 1)
        {
            var at = from + next;
            if (text[at] != '\0' || at == 0 || text[at - 1] != '\\')
                return true;
        }
        return false;
    }

    /// <summary>An unsigned decimal of RFC 3261's headers: digits only, at most 2^31−1 for CSeq and 2^32−1 for times.</summary>
    public static bool TryNumber(ReadOnlySpan<char> text, uint max, out uint value) =>
        uint.TryParse(text, System.Globalization.NumberStyles.None, null, out value) && value <= max;
}
