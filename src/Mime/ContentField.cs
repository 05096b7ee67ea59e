using System.Text;

namespace UnifiedMsg.Mime;

/// <summary>A Content-Type or Content-Disposition value. Parameters stay as they are written (RFC 2231 pieces included),
/// because IMAP sends them so and the client puts them together.</summary>
internal readonly record struct ContentField(string Type, string Subtype, List<KeyValuePair<string, string>> Parameters)
{
    /// <summary>Reads <c>type/subtype; name=value …</c>; false when it is not of that form. RFC 2045 §5.1.</summary>
    public static bool TryParseType(string value, out ContentField field)
    {
        var tokens = new HeaderTokenizer(value, "/;=");
        field = default;
        if (tokens.Next() != HeaderToken.Word) return false;
        var type = tokens.Text.ToLowerInvariant();
        if (tokens.Next() != HeaderToken.Special || tokens.Text != "/" || tokens.Next() != HeaderToken.Word) return false;
        var subtype = tokens.Text.ToLowerInvariant();
        if (!IsToken(type) || !IsToken(subtype)) return false;
        field = new ContentField(type, subtype, ReadParameters(ref tokens));
        return true;
    }

    /// <summary>Reads <c>disposition; name=value …</c>. RFC 2183 §2.</summary>
    public static bool TryParseDisposition(string value, out ContentField field)
    {
        var tokens = new HeaderTokenizer(value, ";=");
        field = default;
        if (tokens.Next() != HeaderToken.Word || !IsToken(tokens.Text)) return false;
        field = new ContentField(tokens.Text.ToLowerInvariant(), "", ReadParameters(ref tokens));
        return true;
    }

    /// <summary>The value of a parameter in any case, or null.</summary>
    public string? Parameter(string name)
    {
        foreach (var parameter in Parameters)
            if (parameter.Key.Equals(name, StringComparison.OrdinalIgnoreCase)) return parameter.Value;
        return null;
    }

    private static List<KeyValuePair<string, string>> ReadParameters(ref HeaderTokenizer tokens)
    {
        var parameters = new List<KeyValuePair<string, string>>();
        var token = tokens.Next();
        while (token != HeaderToken.End)
        {
            if (token != HeaderToken.Word || !IsToken(tokens.Text))
            {
                token = tokens.Next();
                continue;
            }

            var name = tokens.Text.ToLowerInvariant();
            token = tokens.Next();
            if (token != HeaderToken.Special || tokens.Text != "=") continue;
            token = ReadValue(ref tokens, out var text);
            if (text is not null) parameters.Add(new(name, text));
        }

        return parameters;
    }

    // A value without quotes may, against the rules, hold spaces, '/' and '=': it goes on until the next ';'.
    private static HeaderToken ReadValue(ref HeaderTokenizer tokens, out string? text)
    {
        text = null;
        var token = tokens.Next();
        if (token == HeaderToken.Quoted)
        {
            text = tokens.Text;
            return tokens.Next();
        }

        var words = new StringBuilder();
        while (token != HeaderToken.End && !(token == HeaderToken.Special && tokens.Text == ";"))
        {
            if (words.Length > 0 && tokens.SpaceBefore) words.Append(' ');
            words.Append(tokens.Text);
            token = tokens.Next();
        }

        if (words.Length > 0) text = words.ToString();
        return token;
    }

    private static bool IsToken(string text)
    {
        foreach (var c in text)
            if (c is <= ' ' or >= '\u007f' or '(' or ')' or '<' or '>' or '@' or ',' or ':' or '\\' or '"') return false;
        return text.Length is > 0 and <= 127;
    }
}
