using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace UnifiedMsg.Access.Imap.Wire;

/// <summary>
/// Reads the tokens of one command, whose octets hold its literals in place: <c>{5}CRLF hello</c>. Every method returns false
/// where the syntax is not met and then leaves what was wrong in <see cref="Error"/>. RFC 9051 §9.
/// </summary>
internal sealed class WireReader(ReadOnlyMemory<byte> command)
{
    // ATOM-CHAR: any CHAR except atom-specials: "(" ")" "{" SP CTL list-wildcards quoted-specials resp-specials.
    private static readonly SearchValues<byte> AtomOctets =
        SearchValues.Create("!#$&'+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[^_`abcdefghijklmnopqrstuvwxyz|}~"u8);

    // ASTRING-CHAR also has "]"; list-char also the wildcards.
    private static readonly SearchValues<byte> AStringOctets =
        SearchValues.Create("!#$&'+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz|}~"u8);

    private static readonly SearchValues<byte> ListOctets =
        SearchValues.Create("!#$%&'*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz|}~"u8);

    private static readonly UTF8Encoding StrictUtf8 = new(false, true);
    private readonly ReadOnlyMemory<byte> _command = command;
    private int _position;

    /// <summary>What was wrong, for the client's developer.</summary>
    public string Error { get; private set; } = "Syntax error";

    /// <summary>Whether all was read.</summary>
    public bool AtEnd => _position >= _command.Length;

    /// <summary>The octets not yet read.</summary>
    public ReadOnlySpan<byte> Rest => _command.Span[_position..];

    /// <summary>Notes what is wrong; false, for <c>return reader.Fail(…)</c>.</summary>
    public bool Fail(string error)
    {
        Error = error;
        return false;
    }

    /// <summary>Whether the next octet is this one; it is then read.</summary>
    public bool Take(char octet)
    {
        if (AtEnd || Rest[0] != octet) return false;
        _position++;
        return true;
    }

    /// <summary>Whether the next octet is this one; it is not read.</summary>
    public bool Sees(char octet) => !AtEnd && Rest[0] == octet;

    /// <summary>The octet must be there.</summary>
    public bool Expect(char octet) => Take(octet) || Fail(octet == ' ' ? "Missing argument" : $"Expected '{octet}'");

    /// <summary>Nothing may follow.</summary>
    public bool ExpectEnd() => AtEnd || Fail("Unexpected text after the command");

    /// <summary>Whether this word comes next (in any case) and ends there; it is then read.</summary>
    public bool TakeWord(ReadOnlySpan<byte> word)
    {
        if (Rest.Length < word.Length || !Ascii.EqualsIgnoreCase(Rest[..word.Length], word)) return false;
        if (Rest.Length > word.Length && AtomOctets.Contains(Rest[word.Length])) return false;
        _position += word.Length;
        return true;
    }

    /// <summary>An atom.</summary>
    public bool TryAtom(out string atom) => TryRun(AtomOctets, "Expected an atom", out atom);

    /// <summary>The word of a command, fetch item or search key, in capitals; it ends at <c>[</c> too.</summary>
    public bool TryKeyword(out string keyword)
    {
        var length = 0;
        while (length < Rest.Length && Rest[length] is (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'a' and <= (byte)'z')
               or (>= (byte)'0' and <= (byte)'9') or (byte)'.' or (byte)'-' or (byte)'=' or (byte)'+') length++;
        keyword = Encoding.ASCII.GetString(Rest[..length]).ToUpperInvariant();
        _position += length;
        return length > 0 || Fail("Expected a word");
    }

    /// <summary>An atom or a string.</summary>
    public bool TryAString(out string text) =>
        StartsString ? TryString(out text) : TryRun(AStringOctets, "Expected a string", out text);

    /// <summary>A list-mailbox: a string, or an atom with wildcards.</summary>
    public bool TryListPattern(out string text) =>
        StartsString ? TryString(out text) : TryRun(ListOctets, "Expected a mailbox pattern", out text);

    /// <summary>A string: quoted, or a literal.</summary>
    public bool TryString(out string text)
    {
        text = "";
        if (!TryStringOctets(out var octets)) return false;
        try
        {
            text = StrictUtf8.GetString(octets.Span);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return Fail("The string is not UTF-8");
        }
    }

    /// <summary>A string, or <c>NIL</c> (null).</summary>
    public bool TryNString(out string? text)
    {
        text = null;
        if (TakeWord("NIL"u8)) return true;
        if (!TryString(out var value)) return false;
        text = value;
        return true;
    }

    /// <summary>A number of at most 63 bits.</summary>
    public bool TryNumber(out long number)
    {
        if (!Utf8Parser.TryParse(Rest, out number, out var length) || Rest[0] is (byte)'+' or (byte)'-') return Fail("Expected a number");
        _position += length;
        return true;
    }

    /// <summary>A number of 32 bits.</summary>
    public bool TryNumber(out uint number)
    {
        number = 0;
        if (!TryNumber(out long value)) return false;
        if (value > uint.MaxValue) return Fail("The number is too large");
        number = (uint)value;
        return true;
    }

    /// <summary>Reads <c>(</c> element *( SP element ) <c>)</c>, or <c>()</c>.</summary>
    public bool TryList(Func<bool> element, int most = ImapLimits.ListItems)
    {
        if (!Expect('(')) return false;
        if (Take(')')) return true;
        for (var count = 0; count < most; count++)
        {
            if (!element()) return false;
            if (Take(')')) return true;
            if (!Expect(' ')) return false;
        }

        return Fail("The list is too long");
    }

    private bool StartsString => !AtEnd && Rest[0] is (byte)'"' or (byte)'{';

    private bool TryRun(SearchValues<byte> octets, string error, out string text)
    {
        var length = Rest.IndexOfAnyExcept(octets);
        if (length < 0) length = Rest.Length;
        // With UTF8=ACCEPT and IMAP4rev2 names go in quotes; octets over 127 in an atom are an error in either.
        text = Encoding.ASCII.GetString(Rest[..length]);
        _position += length;
        return length > 0 || Fail(error);
    }

    private bool TryStringOctets(out ReadOnlyMemory<byte> octets)
    {
        octets = default;
        if (Sees('"')) return TryQuoted(out octets);
        return Sees('{') ? TryLiteral(out octets) : Fail("Expected a string");
    }

    // quoted = DQUOTE *QUOTED-CHAR DQUOTE; "\" only before '"' and "\".
    private bool TryQuoted(out ReadOnlyMemory<byte> octets)
    {
        octets = default;
        var start = ++_position;
        var escapes = 0;
        for (var i = start; i < _command.Length; i++)
        {
            var octet = _command.Span[i];
            if (octet is (byte)'\r' or (byte)'\n' or 0) break;
            if (octet == '\\')
            {
                if (++i >= _command.Length || _command.Span[i] is not ((byte)'"' or (byte)'\\')) return Fail("Bad escape in a quoted string");
                escapes++;
            }
            else if (octet == '"')
            {
                octets = escapes == 0 ? _command[start..i] : Unescape(_command.Span[start..i], escapes);
                _position = i + 1;
                return true;
            }
        }

        return Fail("The quoted string is not closed");
    }

    private static byte[] Unescape(ReadOnlySpan<byte> quoted, int escapes)
    {
        var plain = new byte[quoted.Length - escapes];
        var length = 0;
        for (var i = 0; i < quoted.Length; i++)
        {
            if (quoted[i] == '\\') i++;
            plain[length++] = quoted[i];
        }

        return plain;
    }

    private bool TryLiteral(out ReadOnlyMemory<byte> octets)
    {
        octets = default;
        var end = Rest.IndexOf("\r\n"u8);
        if (end < 0 || !LiteralMark.TryParse(Rest[..end], out var mark) || mark.Start != 0) return Fail("Bad literal");
        var start = _position + end + 2;
        if (mark.Size > _command.Length - start) return Fail("The literal is cut off");
        octets = _command.Slice(start, (int)mark.Size);
        _position = start + (int)mark.Size;
        return !octets.Span.Contains((byte)0) || Fail("NUL in a literal");
    }
}
