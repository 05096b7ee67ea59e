using UnifiedMsg.Store.Search.Postings;

namespace UnifiedMsg.Store.Tests.Search;

public sealed class MergePolicyTests
{
    // Contents that come one by one, and contents that come by thousands.
    [Theory]
    [InlineData(1, 5000)]
    [InlineData(4000, 1000)]
    public void Segments_stay_few_and_a_content_is_written_again_a_few_times(int docs, int adds)
    {
        var segments = new List<Segment>();
        long next = 1;
        long written = 0;
        for (int i = 0; i < adds; i++)
        {
            segments.Add(new Segment(i, next, next + docs - 1, docs, 0));
            next += docs;
            while (MergePolicy.Find(segments, MergePolicy.Few) is { Count: > 0 } found)
            {
                int place = segments.IndexOf(found[0]);
                segments.RemoveRange(place, found.Count);
                segments.Insert(place, new Segment(i, found[0].FirstId, found[^1].LastId, found.Sum(segment => segment.Docs), 0));
                written += segments[place].Docs;
                Assert.True(segments[place].LastId - segments[place].FirstId < MergePolicy.MaxWidth);
            }
        }
        long whole = next / MergePolicy.MaxWidth;
        Assert.InRange(segments.Count, 1, 4 * whole + 24);
        Assert.InRange(written / (double)(next - 1), 1, 12);
    }
}
