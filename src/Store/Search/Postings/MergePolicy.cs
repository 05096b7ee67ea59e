namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Says which segments are worth merging. Each content is written again once for each step of the ladder.</summary>
internal static class MergePolicy
{
    /// <summary>The widest segment: a lookup holds a few numbers for each of its contents.</summary>
    public const long MaxWidth = 1 << 20;

    /// <summary>So many small segments are merged before more are added, so that there are never many.</summary>
    public const int Many = 32;

    /// <summary>So many are merged when there is nothing better to do.</summary>
    public const int Few = 4;

    private const long SmallestLimit = 256;
    private const int Ladder = 4;

    /// <summary>Segments that follow each other, at least so many, and each below one step of the ladder; empty when there are none. Together
    /// they are at least twice the largest, which would else be written again for little.</summary>
    public static IReadOnlyList<Segment> Find(IReadOnlyList<Segment> segments, int least)
    {
        for (long limit = SmallestLimit; limit <= MaxWidth; limit *= Ladder)
        {
            for (int i = 0; i < segments.Count; i++)
            {
                int end = i;
                while (end < segments.Count && segments[end].Docs < limit && segments[end].LastId - segments[i].FirstId < MaxWidth)
                    end++;
                List<Segment> run = [.. segments.Skip(i).Take(end - i)];
                if (run.Count >= least && run.Sum(segment => segment.Docs) >= 2 * run.Max(segment => segment.Docs))
                    return run;
            }
        }
        return [];
    }

    /// <summary>A segment of which a large part is gone; empty when there is none.</summary>
    public static IReadOnlyList<Segment> FindWorn(IReadOnlyList<Segment> segments) => [.. segments.Where(segment => segment.Removed * 4 > segment.Docs).Take(1)];
}
