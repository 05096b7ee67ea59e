using System.Text;

namespace UnifiedMsg.Mime;

/// <summary>What a structured header value is made of. RFC 5322 §3.2, RFC 2045 §5.1.</summary>
internal enum HeaderToken
{
    End,
    Word,
    Quoted,
    DomainLiteral,
    Special,
}

/// <summary>
/// Splits a structured header value into words, quoted strings, domain literals and single special characters; comments
/// are passed over, the last one is kept because old mail puts the name there. Never fails: what is not closed ends at the end.
/// </summary>
internal ref struct HeaderTokenizer(ReadOnlySpan<char> value, ReadOnlySpan<char> specials)
{
    // Deeper comments are treated as text of the comment; only the count of brackets matters.
    private readonly ReadOnlySpan<char> _value = value;
    private readonly ReadOnlySpan<char> _specials = specials;
    private int _position;

    /// <summary>The token's text: unquoted and unescaped.</summary>
    public string Text { get; private set; } = "";

    /// <summary>Whether white space or a comment stood before the token.</summary>
    public bool SpaceBefore { get; private set; }

    /// <summary>The last comment passed over, or null.</summary>
    public string? Comment { get; private set; }

    /// <summary>Forgets the last comment.</summary>
    public void ForgetComment() => Comment = null;

    /// <summary>Reads the next token.</summary>
    public HeaderToken Next()
    {
        SkipSpace();
        if (_position >= _value.Length) return HeaderToken.End;
        var c = _value[_position];
        if (c == '"')
        {
            Text = ReadDelimited('"');
            return HeaderToken.Quoted;
        }

        if (c == '[' && _specials.Contains('['))
        {
            Text = "[" + ReadDelimited(']') + "]";
            return HeaderToken.DomainLiteral;
        }

        if (_specials.Contains(c))
        {
            Text = c.ToString();
            _position++;
            return HeaderToken.Special;
        }

        var start = _position;
        while (_position < _value.Length && !IsWordEnd(_value[_position])) _position++;
        if (_position == start) _position++;
        Text = _value[start.._position].ToString();
        return HeaderToken.Word;
    }

    private readonly bool IsWordEnd(char c) => c is ' ' or '\t' or '"' or '(' || _specials.Contains(c);

    private void SkipSpace()
    {
        SpaceBefore = false;
        while (_position < _value.Length && _value[_position] is ' ' or '\t' or '(')
        {
            SpaceBefore = true;
            if (_value[_position] == '(') Comment = ReadComment();
            else _position++;
        }
    }

    private string ReadComment()
    {
        var depth = 0;
        var text = new StringBuilder();
        for (; _position < _value.Length; _position++)
        {
            var c = _value[_position];
            if (c == '(' && depth++ == 0) continue;
            if (c == ')' && --depth == 0)
            {
                _position++;
                break;
            }

            if (c == '\\' && _position + 1 < _value.Length) c = _value[++_position];
            text.Append(c);
        }

        return text.ToString().Trim();
    }

    private string ReadDelimited(char end)
    {
        var text = new StringBuilder();
        for (_position++; _position < _value.Length; _position++)
        {
            var c = _value[_position];
            if (c == end)
            {
                _position++;
                break;
            }

            if (c == '\\' && _position + 1 < _value.Length) c = _value[++_position];
            text.Append(c);
        }

        return text.ToString();
    }
}
