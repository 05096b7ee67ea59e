namespace UnifiedMsg.Store.Items;

/// <summary>UIDs from a client as ranges, which one statement each can read or change.</summary>
internal static class UidRanges
{
    /// <summary>UIDs not asked for that a range may cover to save a statement: reading so many rows costs about as much.</summary>
    private const uint MaxGap = 32;

    /// <summary>Ascending and without doubles.</summary>
    public static uint[] Sort(IReadOnlyCollection<uint> uids)
    {
        uint[] sorted = [.. uids];
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i] > sorted[i - 1])
                continue;
            Array.Sort(sorted);
            return [.. sorted.Distinct()];
        }
        return sorted;
    }

    /// <summary>Exactly these UIDs.</summary>
    public static List<(uint First, uint Last)> Exact(uint[] sorted) => Merge(sorted, 1);

    /// <summary>These UIDs and some between.</summary>
    public static List<(uint First, uint Last)> Covering(uint[] sorted) => Merge(sorted, MaxGap);

    private static List<(uint First, uint Last)> Merge(uint[] sorted, uint maxStep)
    {
        var ranges = new List<(uint First, uint Last)>();
        foreach (uint uid in sorted)
        {
            if (ranges.Count > 0 && uid - ranges[^1].Last <= maxStep)
                ranges[^1] = (ranges[^1].First, uid);
            else
                ranges.Add((uid, uid));
        }
        return ranges;
    }
}
