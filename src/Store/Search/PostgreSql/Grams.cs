using System.Text;

namespace UnifiedMsg.Store.Search.PostgreSql;

/// <summary>
/// Trigrams as numbers below zero, apart by column. Those of ASCII letters and digits have a number of their own; of all others some share
/// one, so that having it proves nothing. It is in the index: a change of it is a new <see cref="IndexTables.Version"/>.
/// </summary>
internal static class Grams
{
    private const int Letters = 36;
    private const int PerColumn = Letters * Letters * Letters;
    private const int Exact = PerColumn * IndexedText.Columns;
    private const int Shared = int.MaxValue - Exact - Pairs.Count;

    /// <summary>The highest number below those with one of their own: behind it are the <see cref="Pairs"/>, and then all others.</summary>
    public const int Next = -1 - Exact;

    /// <summary>How many characters, of which a trigram has three.</summary>
    public static int CountCharacters(string text)
    {
        int count = 0;
        foreach (Rune _ in text.EnumerateRunes())
            count++;
        return count;
    }

    /// <summary>Adds the trigrams of a folded text.</summary>
    public static void Add(HashSet<int> numbers, int column, string text)
    {
        int first = -1, second = -1;
        foreach (Rune third in text.EnumerateRunes())
        {
            if (first >= 0)
                numbers.Add(NumberOf(column, first, second, third.Value));
            (first, second) = (second, third.Value);
        }
    }

    /// <summary>The trigrams of a folded text, each once.</summary>
    public static int[] Of(int column, string text)
    {
        var numbers = new HashSet<int>();
        Add(numbers, column, text);
        return [.. numbers];
    }

    /// <summary>Whether each trigram of the text has a number of its own.</summary>
    public static bool AreExact(string text) => text.All(char.IsAsciiLetterOrDigit);

    private static int NumberOf(int column, int first, int second, int third)
    {
        int a = PlaceOf(first), b = PlaceOf(second), c = PlaceOf(third);
        if ((a | b | c) >= 0)
            return -1 - (column * PerColumn) - (((a * Letters) + b) * Letters) - c;
        ulong mixed = ((ulong)column << 60) ^ ((ulong)first << 42) ^ ((ulong)second << 21) ^ (ulong)third;
        mixed *= 0x9E3779B97F4A7C15;
        mixed ^= mixed >> 32;
        mixed *= 0xD6E8FEB86659FD93;
        return Next - Pairs.Count - (int)((mixed >> 32) % Shared);
    }

    // Texts come folded, so there are no capitals.
    private static int PlaceOf(int character) => character switch
    {
        >= 'a' and <= 'z' => character - 'a',
        >= '0' and <= '9' => character - '0' + 26,
        _ => -1,
    };
}
