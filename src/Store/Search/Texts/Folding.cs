using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace UnifiedMsg.Store.Search.Texts;

/// <summary>
/// Makes texts that are equal but for case and composition the same: the i;unicode-casemap of RFC 5051, and a little wider, since what
/// a decomposition brings is folded too. Each character is folded by itself, so that a text contains a needle exactly if the
/// folded text contains the folded needle. What this does is in the index: a change of it is a new <see cref="Postings.PostingsSchema.Version"/>.
/// </summary>
internal static class Folding
{
    private const int HangulFirst = 0xAC00, HangulLast = 0xD7A3, Leading = 0x1100, Vowel = 0x1161, Trailing = 0x11A7;
    private const int VowelCount = 21, TrailingCount = 28;

    // Without its own data the runtime (InvariantGlobalization) normalises nothing, so the Unicode decompositions are a resource.
    private static readonly FrozenDictionary<int, string> Decomposed = Read();

    /// <summary>The folded text.</summary>
    public static string Fold(string text)
    {
        if (Ascii.IsValid(text))
            return string.Create(text.Length, text, static (folded, text) => Ascii.ToLower(text, folded, out _));
        var folded = new StringBuilder(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes())
            Append(folded, rune);
        return folded.ToString();
    }

    private static void Append(StringBuilder folded, Rune rune)
    {
        if (rune.IsAscii)
        {
            folded.Append(char.ToLowerInvariant((char)rune.Value));
            return;
        }
        Rune upper = Rune.ToUpperInvariant(rune);
        if (upper.Value is >= HangulFirst and <= HangulLast)
            AppendHangul(folded, upper.Value - HangulFirst);
        else if (Decomposed.TryGetValue(upper.Value, out string? parts))
            folded.Append(parts);
        else
            AppendOne(folded, upper);
    }

    // Unicode §3.12: syllables are decomposed by arithmetic.
    private static void AppendHangul(StringBuilder folded, int index)
    {
        folded.Append((char)(Leading + (index / (VowelCount * TrailingCount))));
        folded.Append((char)(Vowel + (index % (VowelCount * TrailingCount) / TrailingCount)));
        if (index % TrailingCount != 0)
            folded.Append((char)(Trailing + (index % TrailingCount)));
    }

    private static void AppendOne(StringBuilder folded, Rune upper)
    {
        if (upper.IsAscii)
            folded.Append(char.ToLowerInvariant((char)upper.Value));
        else
            folded.Append(upper.ToString());
    }

    // Lines of a code point and those that it is made of, down to the last.
    private static FrozenDictionary<int, string> Read()
    {
        using Stream resource = typeof(Folding).Assembly.GetManifestResourceStream("UnifiedMsg.Store.Decompositions.txt")!;
        using var reader = new StreamReader(resource);
        var found = new Dictionary<int, string>();
        while (reader.ReadLine() is { } line)
        {
            string[] codes = line.Split(' ');
            var parts = new StringBuilder();
            foreach (string code in codes.AsSpan(1))
                AppendOne(parts, Rune.ToUpperInvariant(new Rune(Parse(code))));
            found.Add(Parse(codes[0]), parts.ToString());
        }
        return found.ToFrozenDictionary();
    }

    private static int Parse(string code) => int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
