namespace UnifiedMsg.Store.Tests;

public sealed class UidListTests
{
    [Fact]
    public void It_is_what_a_plain_list_is_whatever_is_added_and_removed()
    {
        var random = new Random(7);
        for (int round = 0; round < 200; round++)
        {
            var plain = new List<uint>();
            var uids = new UidList();
            uint next = 1;
            for (int step = 0; step < 30; step++)
            {
                if (random.Next(3) > 0)
                {
                    next += (uint)random.Next(3);
                    uint last = next + (uint)random.Next(5);
                    uids.Add(next, last);
                    for (; next <= last; next++)
                        plain.Add(next);
                }
                else
                {
                    uint[] gone = [.. Enumerable.Range(0, random.Next(6)).Select(_ => (uint)random.Next((int)next + 2))];
                    uids.Remove(gone);
                    plain.RemoveAll(gone.Contains);
                }
                Assert.Equal(plain, uids);
                Assert.Equal(plain.Count, uids.Count);
                for (int i = 0; i < plain.Count; i++)
                    Assert.Equal((plain[i], i + 1), (uids[i], uids.NumberOf(plain[i])));
                for (uint uid = 0; uid < next + 2; uid++)
                    Assert.Equal(plain.IndexOf(uid) + 1, uids.NumberOf(uid));
            }
        }
    }

    [Fact]
    public void What_is_not_above_all_others_and_places_that_are_not_there_are_refused()
    {
        var uids = new UidList();
        Assert.Throws<ArgumentOutOfRangeException>(() => uids[0]);
        uids.Add(3, 5);
        Assert.Throws<ArgumentException>(() => uids.Add(5));
        Assert.Throws<ArgumentException>(() => uids.Add(9, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => uids[3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => uids[-1]);
    }
}
