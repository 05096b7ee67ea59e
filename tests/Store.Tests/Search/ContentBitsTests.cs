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
        ContentBits.Ascending inOrder = bits.InOrder();
        foreach (long id in two)
        {
            Assert.Equal(one.Contains(id), bits.Contains(id));
            Assert.Equal(one.Contains(id), inOrder.Contains(id));
        }
        Assert.Equal(one, ReadInPieces(bits, 1 + random.Next(1000)));
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

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(300)]
    [InlineData(100_000)]
    public void Gaps_are_added_to_what_is_there(int widest)
    {
        var random = new Random(widest);
        SortedSet<long> expected = [3, 70, 65_537];
        var bits = ContentBits.Of(expected);
        var gaps = new List<byte>();
        long id = 40;
        expected.Add(id);
        for (int i = 0; i < 3000; i++)
        {
            int gap = 1 + random.Next(widest);
            id += gap;
            if (id <= 200_000)
                expected.Add(id);
            for (; gap >= 0x80; gap >>= 7)
                gaps.Add((byte)(gap | 0x80));
            gaps.Add((byte)gap);
        }
        bits.AddGaps(40, [.. gaps], 200_000);
        Assert.Equal(expected, bits.ToArray());
    }

    private static List<long> ReadInPieces(ContentBits bits, int size)
    {
        var read = new List<long>();
        var piece = new long[size];
        for (int count; (count = bits.CopyAfter(read.LastOrDefault(-1), piece)) > 0;)
            read.AddRange(piece.AsSpan(0, count));
        return read;
    }

    [Fact]
    public void There_is_no_content_with_such_a_number()
    {
        foreach (long id in (long[])[-1, long.MinValue, 1L << 40, long.MaxValue])
        {
            Assert.Throws<InvalidDataException>(() => new ContentBits().Add(id));
            Assert.Throws<InvalidDataException>(() => new ContentBits().AddRange(id, id));
        }
    }

    private static SortedSet<long> Numbers(Random random) =>
        [.. Enumerable.Range(0, 2000).Select(_ => (long)Math.Pow(random.NextDouble(), 3) * 300_000 + random.Next(70_000))];
}
