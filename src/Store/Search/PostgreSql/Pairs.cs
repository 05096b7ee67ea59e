using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Search.PostgreSql;

/// <summary>
/// Two runs side by side as a number below zero, apart by column: of the last characters of one and the first of the other, so that it is the same
/// whether all of a word is looked for or its end. Many pairs share a number, and what is between the runs is not in it: having it proves
/// nothing, but few messages have it that have not the pair. It is in the index: a change of it is a new <see cref="IndexTables.Version"/>.
/// </summary>
internal static class Pairs
{
    /// <summary>How many numbers. More would be more lists, and these shorter than a list is worth.</summary>
    public const int Count = 1 << Bits;

    private const int Bits = 16;

    /// <summary>Characters of each of the two that count.</summary>
    private const int Characters = 3;

    private const uint Offset = 2166136261, Prime = 16777619;

    /// <summary>Adds the pairs of a folded text.</summary>
    public static void Add(HashSet<int> numbers, int column, ReadOnlySpan<char> text)
    {
        var runs = new Runs(text);
        if (!runs.MoveNext())
            return;
        Run before = runs.Current;
        for (; runs.MoveNext(); before = runs.Current)
            numbers.Add(NumberOf(column, Slice(text, before), Slice(text, runs.Current)));
    }

    /// <summary>The pair of two runs in a column.</summary>
    public static int NumberOf(int column, ReadOnlySpan<char> one, ReadOnlySpan<char> other)
    {
        uint mixed = (Offset ^ (uint)column) * Prime;
        foreach (char c in one[^Math.Min(Characters, one.Length)..])
            mixed = (mixed ^ c) * Prime;
        mixed = (mixed ^ ' ') * Prime;
        foreach (char c in other[..Math.Min(Characters, other.Length)])
            mixed = (mixed ^ c) * Prime;
        mixed ^= mixed >> 16;
        mixed *= 0x85EBCA6B;
        return Grams.Next - (int)(mixed >> (32 - Bits));
    }

    /// <summary>Whether so much of a run tells its pairs: all of it, or as many characters as count.</summary>
    public static bool Tells(bool isWhole, string text) => isWhole || text.Length >= Characters;

    private static ReadOnlySpan<char> Slice(ReadOnlySpan<char> text, Run run) => text.Slice(run.Start, run.Length);
}
