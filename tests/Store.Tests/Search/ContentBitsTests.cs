using UnifiedMsg.Store.Search;

namespace UnifiedMsg.Store.Tests.Search;

public sealed class ContentBitsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Sets_of_bits_are_sets(int seed)
    {
        var random = new Random(seed);
        (SortedSet<long> one, SortedSet<long> two) = (Numbers(random), Numbers(random));
        (ContentBits bits, ContentBits others) = (ContentBits.Of(one), ContentBits.Of(two));
        Assert.Equal(one, bits.ToArray());
        Assert.Equal(one.Count, bits.Count);
        Assert.Equal(one.Intersect(two).Order(), bits.And(others).ToArray());
        Assert.Equal(one.Union(two).Order(), bits.Or(others).ToArray());
        Assert.Equal(one.Except(two).Order(), bits.Except(others).ToArray());
        foreach (long id in two)
            Assert.Equal(one.Contains(id), bits.Contains(id));
        bits.AddAll(others);
        Assert.Equal(one.Union(two).Order(), bits.ToArray());
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(63, 64)]
    [InlineData(5, 5)]
    [InlineData(60_000, 200_000)]
    [InlineData(65_535, 65_536)]
    [InlineData(7, 6)]
    public void A_range_has_both_ends(long first, long last)
    {
        var bits = new ContentBits();
        bits.AddRange(first, last);
        Assert.Equal(Enumerable.Range((int)first, (int)(last - first + 1)).Select(id => (long)id), bits.ToArray());
    }

    [Fact]
    public void Gaps_of_any_length_are_added_up_to_the_last_one()
    {
        // 5, 6, 134, 16 518, 2 113 670.
        byte[] gaps = [1, 0x80, 0x01, 0x80, 0x80, 0x01, 0x80, 0x80, 0x80, 0x01];
        var bits = new ContentBits();
        bits.AddGaps(5, gaps, 3_000_000);
        Assert.Equal([5L, 6, 134, 16_518, 2_113_670], bits.ToArray());
        var cut = new ContentBits();
        cut.AddGaps(5, gaps, 134);
        Assert.Equal([5L, 6, 134], cut.ToArray());
    }

    private static SortedSet<long> Numbers(Random random) =>
        [.. Enumerable.Range(0, 2000).Select(_ => (long)Math.Pow(random.NextDouble(), 3) * 300_000 + random.Next(70_000))];
}
