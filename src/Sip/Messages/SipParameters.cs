using System.Text;

namespace UnifiedMsg.Sip.Messages;

/// <summary>
/// Parameters after a semicolon, of a URI or of a header value, in their order. Names are compared without case. Immutable.
/// </summary>
public sealed class SipParameters
{
    private readonly (string Name, string? Value)[] _items;

    private SipParameters((string Name, string? Value)[] items) => _items = items;

    /// <summary>No parameters.</summary>
    public static SipParameters Empty { get; } = new([]);

    /// <summary>How many parameters there are.</summary>
    public int Count => _items.Length;

    /// <summary>The value without quotes; an empty string for a parameter that has none; null when it is not there.</summary>
    public string? this[string name] => Find(name) is var i and >= 0 ? SipGrammar.Unquote(_items[i].Value ?? "") : null;

    /// <summary>Whether the parameter is there, with or without a value.</summary>
    public bool Contains(string name) => Find(name) >= 0;

    /// <summary>How often the parameter is there.</summary>
    internal int CountOf(string name)
    {
        var count = 0;
        foreach (var item in _items)
        {
            if (item.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                count++;
        }
        return count;
    }

    /// <summary>Names and raw values, in order.</summary>
    public IReadOnlyList<(string Name, string? Value)> Items => _items;

    /// <summary>A copy in which <paramref name="name"/> has this value (null: the bare name). A value must be a token or quoted.</summary>
    public SipParameters With(string name, string? value)
    {
        var at = Find(name);
        var items = at >= 0 ? [.. _items] : new (string, string?)[_items.Length + 1];
        if (at < 0)
        {
            _items.CopyTo(items, 0);
            at = _items.Length;
        }
        items[at] = (name, value);
        return new SipParameters(items);
    }

    /// <summary>A copy in which <paramref name="name"/> is not.</summary>
    public SipParameters Without(string name) =>
        new([.. _items.Where(item => !item.Name.Equals(name, StringComparison.OrdinalIgnoreCase))]);

    /// <summary>Reads <c>a=b;c;d="e"</c>, with or without a leading semicolon. False when a name or a value is malformed.</summary>
    /// <param name="text">The text after the first semicolon, or with it.</param>
    /// <param name="uri">Whether these are URI parameters, whose values may hold the characters of RFC 3261's <c>paramchar</c>.</param>
    /// <param name="parameters">The result.</param>
    public static bool TryParse(ReadOnlySpan<char> text, bool uri, out SipParameters parameters)
    {
        parameters = Empty;
        if (!uri)
            text = SipGrammar.Trim(text);
        if (text.Length == 0)
            return true;
        if (text[0] == ';')
            text = text[1..];
        var items = new List<(string, string?)>(4);
        while (true)
        {
            var end = SipGrammar.IndexOutside(text, ';');
            if (end == -2 || items.Count == SipLimits.MaxParameters)
                return false;
            if (!TryParseOne(end < 0 ? text : text[..end], uri, out var item))
                return false;
            items.Add(item);
            if (end < 0)
                break;
            text = text[(end + 1)..];
        }
        parameters = new SipParameters([.. items]);
        return true;
    }

    /// <summary>Writes each parameter after a semicolon.</summary>
    public override string ToString()
    {
        if (_items.Length == 0)
            return "";
        var text = new StringBuilder();
        AppendTo(text);
        return text.ToString();
    }

    internal void AppendTo(StringBuilder text)
    {
        foreach (var (name, value) in _items)
        {
            text.Append(';').Append(name);
            if (value is not null)
                text.Append('=').Append(value);
        }
    }

    private static bool TryParseOne(ReadOnlySpan<char> text, bool uri, out (string, string?) item)
    {
        item = default;
        var equals = text.IndexOf('=');
        var name = Trim(equals < 0 ? text : text[..equals], uri);
        if (uri ? !SipUri.IsParameterText(name) : !SipGrammar.IsToken(name))
            return false;
        if (equals < 0)
        {
            item = (Known(name), null);
            return true;
        }
        var value = Trim(text[(equals + 1)..], uri);
        if (!(uri ? SipUri.IsParameterText(value) : IsValue(value)))
            return false;
        item = (Known(name), value.ToString());
        return true;
    }

    // White space may surround the separators of a header; a URI has none.
    private static ReadOnlySpan<char> Trim(ReadOnlySpan<char> text, bool uri) => uri ? text : SipGrammar.Trim(text);

    // gen-value = token / host / quoted-string; an IPv6 reference and a bare IPv6 address (received=) are hosts too. Event
    // dialog parameters, Identity and P-headers carry more than that (colons, slashes, at signs), so only what would break
    // the structure is refused.
    private static bool IsValue(ReadOnlySpan<char> value)
    {
        if (value.Length == 0)
            return false;
        if (value[0] == '"')
            return SipGrammar.SkipQuoted(value, 0) == value.Length - 1;
        return !value.ContainsAny(" \t\",;<>") || (value[0] == '<' && value[^1] == '>' && !value[1..^1].ContainsAny("<> \t"));
    }

    private static string Known(ReadOnlySpan<char> name) => name switch
    {
        "tag" => "tag",
        "branch" => "branch",
        "rport" => "rport",
        "received" => "received",
        "lr" => "lr",
        "transport" => "transport",
        "expires" => "expires",
        _ => name.ToString(),
    };

    private int Find(string name)
    {
        for (var i = 0; i < _items.Length; i++)
        {
            if (_items[i].Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return i;
        }
        return -1;
    }
}
