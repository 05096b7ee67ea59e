namespace UnifiedMsg.Store.Search.Postings;

/// <summary>What is between two runs, as a number of four bits. The usual ones have their own, so that a phrase is proved by the index; of
/// all others the index only knows that they are none of these. It is in the index: a change is a new <see cref="PostingsSchema.Version"/>.</summary>
internal static class Separators
{
    /// <summary>None of those that have a number.</summary>
    public const int Other = 0;

    /// <summary>Numbers, all of which are below this.</summary>
    public const int Count = 16;

    private const int Longest = 3;

    // At most 15.
    private static readonly string[] Known = ["", " ", "\r\n", "\n", ".", "@", "-", ", ", ". ", " <", "<", "/", "://", ": ", "'"];

    /// <summary>The number of a separator.</summary>
    public static int Find(ReadOnlySpan<char> text)
    {
        if (text.Length > Longest)
            return Other;
        for (int i = 0; i < Known.Length; i++)
        {
            if (text.SequenceEqual(Known[i]))
                return i + 1;
        }
        return Other;
    }

    /// <summary>Whether a separator ends with this: null when that is not known.</summary>
    public static bool? EndsWith(int separator, string end) =>
        separator == Other ? null : separator <= Known.Length && Known[separator - 1].EndsWith(end, StringComparison.Ordinal);
}
