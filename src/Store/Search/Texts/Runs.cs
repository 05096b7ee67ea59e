using System.Globalization;
using System.Text;

namespace UnifiedMsg.Store.Search.Texts;

/// <summary>A run of a folded text: where it is, and whether it is a character that stands for itself.</summary>
internal readonly record struct Run(int Start, int Length, bool Alone)
{
    public int End => Start + Length;
}

/// <summary>
/// Cuts folded text into runs: as many letters, digits and marks in a row as there are, or one ideograph, kana or symbol.
/// Where a run ends depends on two characters side by side and nothing else, so a needle inside of a text is cut like the
/// text except at its two ends. This is in the index: a change of it is a new <see cref="Postings.PostingsSchema.Version"/>.
/// </summary>
internal ref struct Runs(ReadOnlySpan<char> text)
{
    private readonly ReadOnlySpan<char> _text = text;
    private int _position;

    /// <summary>Letters and digits mixed, or many in a row, are seldom words: there are as many of them as messages.</summary>
    private const int ShortestMixedCode = 8, ShortestNumber = 7, LongestWord = 24;

    private enum Class
    {
        Separator,
        Word,
        Alone,
    }

    /// <summary>The run that was found last.</summary>
    public Run Current { get; private set; }

    /// <summary>Goes to the next run.</summary>
    public bool MoveNext()
    {
        while (_position < _text.Length)
        {
            int start = _position;
            Class kind = Next();
            if (kind == Class.Separator)
                continue;
            if (kind == Class.Word)
                SkipWord();
            Current = new Run(start, _position - start, kind == Class.Alone);
            return true;
        }
        return false;
    }

    /// <summary>All runs of a text.</summary>
    public static List<Run> Of(string text)
    {
        var found = new List<Run>();
        var runs = new Runs(text);
        while (runs.MoveNext())
            found.Add(runs.Current);
        return found;
    }

    /// <summary>Whether a run is an identifier rather than a word: those would fill a vocabulary with what occurs once.</summary>
    public static bool IsCode(ReadOnlySpan<char> run)
    {
        if (run.Length > LongestWord)
            return true;
        if (run.Length < ShortestMixedCode)
            return false;
        int digits = 0;
        foreach (char c in run)
            digits += char.IsAsciiDigit(c) ? 1 : 0;
        return digits == run.Length ? run.Length >= ShortestNumber : digits > 0;
    }

    /// <summary>Whether the text may be cut between the character before <paramref name="index"/> and the one at it.</summary>
    public static bool IsBoundary(string text, int index)
    {
        if (index <= 0 || index >= text.Length)
            return true;
        Rune.DecodeLastFromUtf16(text.AsSpan(0, index), out Rune before, out _);
        Rune.DecodeFromUtf16(text.AsSpan(index), out Rune after, out _);
        return ClassOf(before) != Class.Word || ClassOf(after) != Class.Word;
    }

    private void SkipWord()
    {
        while (_position < _text.Length)
        {
            int before = _position;
            if (Next() == Class.Word)
                continue;
            _position = before;
            return;
        }
    }

    private Class Next()
    {
        char c = _text[_position];
        if (char.IsAscii(c))
        {
            _position++;
            return char.IsAsciiLetterOrDigit(c) ? Class.Word : Class.Separator;
        }
        Rune.DecodeFromUtf16(_text[_position..], out Rune rune, out int length);
        _position += length;
        return ClassOf(rune);
    }

    private static Class ClassOf(Rune rune)
    {
        if (rune.IsAscii)
            return char.IsAsciiLetterOrDigit((char)rune.Value) ? Class.Word : Class.Separator;
        if (IsIdeographOrKana(rune.Value))
            return Class.Alone;
        switch (Rune.GetUnicodeCategory(rune))
        {
            case UnicodeCategory.MathSymbol or UnicodeCategory.CurrencySymbol or UnicodeCategory.ModifierSymbol or UnicodeCategory.OtherSymbol:
                return Class.Alone;
            case UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.ConnectorPunctuation
                or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation
                or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation:
                return Class.Separator;
            default:
                return Class.Word;
        }
    }

    // These are written without spaces, so that a whole sentence would be one word.
    private static bool IsIdeographOrKana(int code) => code is (>= 0x2E80 and <= 0x2FDF) or (>= 0x3041 and <= 0x3096) or (>= 0x30A1 and <= 0x30FA)
        or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);
}
