using System.Text;

namespace UnifiedMsg.Mime;

/// <summary>The header of a message or part, as fields over its raw octets. Broken lines are passed over. RFC 5322 §2.2.</summary>
public sealed class HeaderBlock
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, true);
    private readonly ReadOnlyMemory<byte> _octets;
    private readonly List<Field> _fields = [];

    /// <summary>Reads the fields of a header; the octets must stay as they are while the block is used.</summary>
    public HeaderBlock(ReadOnlyMemory<byte> octets)
    {
        _octets = octets;
        var span = octets.Span;
        var position = 0;
        while (position < span.Length)
        {
            var end = FieldEnd(span, position);
            var field = span[position..end];
            if (field.Trim("\r\n"u8).IsEmpty) break;
            var colon = field.IndexOf((byte)':');
            if (colon > 0 && IsName(field[..colon].TrimEnd(" \t"u8)))
                _fields.Add(new Field(position, field[..colon].TrimEnd(" \t"u8).Length, colon + 1, field.Length));
            position = end;
        }
    }

    /// <summary>How many fields there are.</summary>
    public int Count => _fields.Count;

    /// <summary>The name of a field as it is written.</summary>
    public ReadOnlySpan<byte> NameAt(int index) => _octets.Span.Slice(_fields[index].Start, _fields[index].NameLength);

    /// <summary>The octets of a field from its name to its last line end.</summary>
    public ReadOnlySpan<byte> RawAt(int index) => _octets.Span.Slice(_fields[index].Start, _fields[index].Length);

    /// <summary>The value of a field, unfolded and trimmed, RFC 2047 words still encoded.</summary>
    public string ValueAt(int index)
    {
        var field = _fields[index];
        return Unfold(_octets.Span.Slice(field.Start + field.ValueStart, field.Length - field.ValueStart));
    }

    /// <summary>The value of the first field of this name (in any case), or null.</summary>
    public string? Find(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < _fields.Count; i++)
            if (Ascii.EqualsIgnoreCase(NameAt(i), name)) return ValueAt(i);
        return null;
    }

    /// <summary>The values of all fields of this name, joined by commas as if it were one list; null when there is none.</summary>
    public string? FindList(ReadOnlySpan<byte> name)
    {
        var values = new List<string>();
        for (var i = 0; i < _fields.Count; i++)
            if (Ascii.EqualsIgnoreCase(NameAt(i), name)) values.Add(ValueAt(i));
        return values.Count == 0 ? null : string.Join(", ", values);
    }

    // RFC 5322 §2.2.3: a line that begins with white space continues the field before it.
    private static int FieldEnd(ReadOnlySpan<byte> span, int start)
    {
        var position = start;
        while (true)
        {
            var lineFeed = span[position..].IndexOf((byte)'\n');
            if (lineFeed < 0) return span.Length;
            position += lineFeed + 1;
            if (position >= span.Length || span[position] is not ((byte)' ' or (byte)'\t')) return position;
        }
    }

    private static bool IsName(ReadOnlySpan<byte> name) => !name.IsEmpty && !name.ContainsAnyExceptInRange((byte)33, (byte)126);

    // Octets over 127 are UTF-8 (RFC 6532) where that is possible; ISO 8859-1 shows something for the rest.
    private static string Unfold(ReadOnlySpan<byte> value)
    {
        string text;
        try
        {
            text = StrictUtf8.GetString(value);
        }
        catch (DecoderFallbackException)
        {
            text = Encoding.Latin1.GetString(value);
        }

        var span = text.AsSpan().Trim(" \t\r\n");
        if (!span.ContainsAnyInRange('\0', '\u001f') && !span.Contains('\u007f')) return span.Length == text.Length ? text : span.ToString();
        var clean = new StringBuilder(span.Length);
        foreach (var c in span)
        {
            if (c is '\r' or '\n') continue;
            clean.Append(char.IsControl(c) && c != '\t' ? ' ' : c);
        }

        return clean.ToString();
    }

    private readonly record struct Field(int Start, int NameLength, int ValueStart, int Length);
}
