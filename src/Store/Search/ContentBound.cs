namespace UnifiedMsg.Store.Search;

/// <summary>A set of contents: those listed, or all but those listed.</summary>
internal readonly struct ContentBound
{
    private readonly long[]? _sorted;

    private ContentBound(long[] sorted, bool inverted) => (_sorted, IsInverted) = (sorted, inverted);

    /// <summary>No content.</summary>
    public static ContentBound None => new([], false);

    /// <summary>Every content.</summary>
    public static ContentBound All => new([], true);

    /// <summary>Whether it is all but those listed.</summary>
    public bool IsInverted { get; }

    /// <summary>Those listed, ascending.</summary>
    public long[] Listed => _sorted ?? [];

    /// <summary>These contents, ascending.</summary>
    public static ContentBound Of(long[] sorted) => new(sorted, false);

    public bool Contains(long id) => Array.BinarySearch(Listed, id) >= 0 != IsInverted;

    public ContentBound Not() => new(Listed, !IsInverted);

    public ContentBound And(ContentBound other) => (IsInverted, other.IsInverted) switch
    {
        (false, false) => new(Intersect(Listed, other.Listed), false),
        (false, true) => new(Except(Listed, other.Listed), false),
        (true, false) => new(Except(other.Listed, Listed), false),
        _ => new(Union(Listed, other.Listed), true),
    };

    public ContentBound Or(ContentBound other) => Not().And(other.Not()).Not();

    /// <summary>What is in both, ascending.</summary>
    public static long[] Intersect(long[] one, long[] other)
    {
        var both = new List<long>(Math.Min(one.Length, other.Length));
        for (int i = 0, j = 0; i < one.Length && j < other.Length;)
        {
            if (one[i] == other[j])
                both.Add(one[i]);
            (i, j) = one[i] <= other[j] ? (i + 1, one[i] == other[j] ? j + 1 : j) : (i, j + 1);
        }
        return [.. both];
    }

    /// <summary>What is in either, ascending.</summary>
    public static long[] Union(long[] one, long[] other)
    {
        if (one.Length == 0 || other.Length == 0)
            return one.Length == 0 ? other : one;
        var either = new List<long>(one.Length + other.Length);
        for (int i = 0, j = 0; i < one.Length || j < other.Length;)
        {
            bool first = j == other.Length || (i < one.Length && one[i] <= other[j]);
            long next = first ? one[i] : other[j];
            either.Add(next);
            if (i < one.Length && one[i] == next)
                i++;
            if (j < other.Length && other[j] == next)
                j++;
        }
        return [.. either];
    }

    private static long[] Except(long[] one, long[] other)
    {
        var rest = new List<long>(one.Length);
        int j = 0;
        foreach (long id in one)
        {
            while (j < other.Length && other[j] < id)
                j++;
            if (j == other.Length || other[j] != id)
                rest.Add(id);
        }
        return [.. rest];
    }
}
