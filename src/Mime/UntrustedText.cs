using System.Globalization;
using System.Text;

namespace UnifiedMsg.Mime;

/// <summary>Makes text of strangers fit to stand in a header or a page: no control characters, no reordering of what is around it, bounded.</summary>
internal static class UntrustedText
{
    /// <summary>Names and numbers beyond this are nobody's; a longer one is cut off.</summary>
    public const int MaxLine = 128;

    /// <summary>Ten minutes of fast speech are 10,000 characters; a recogniser that runs wild is cut off here.</summary>
    public const int MaxText = 100_000;

    /// <summary>One clean line of at most <see cref="MaxLine"/> characters; null when nothing is left.</summary>
    public static string? Line(string? text)
    {
        var clean = Clean(text, MaxLine, keepLines: false);
        return clean.Length == 0 ? null : clean;
    }

    /// <summary>Clean text of at most <see cref="MaxText"/> characters; lines end in LF.</summary>
    public static string Text(string? text) => Clean(text?.Replace("\r\n", "\n"), MaxText, keepLines: true);

    private static string Clean(string? text, int most, bool keepLines)
    {
        if (text is null) return "";
        var clean = new StringBuilder(Math.Min(text.Length, most));
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > most) break;
            if (keepLines && rune.Value == '\n') clean.Append('\n');
            else if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                clean.Append(' ');
            else if (!IsHidden(rune)) clean.Append(rune.ToString());
        }

        return clean.ToString().Trim();
    }

    // Format characters (bidirectional overrides, zero-width) could show a caller's name as somebody else's.
    private static bool IsHidden(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        || rune == Rune.ReplacementChar;
}
