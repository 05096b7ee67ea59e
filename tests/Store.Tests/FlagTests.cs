using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

public abstract class FlagTests(Engine engine)
{
    [Theory]
    [InlineData(FlagMode.Add, ItemFlags.Seen, ItemFlags.Seen | ItemFlags.Flagged, "a b c")]
    [InlineData(FlagMode.Remove, ItemFlags.Flagged, ItemFlags.None, "a")]
    [InlineData(FlagMode.Replace, ItemFlags.Draft, ItemFlags.Draft, "B c")]
    public async Task Flags_and_keywords_change(FlagMode mode, ItemFlags given, ItemFlags expected, string keywords)
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        Item before = await test.AppendAsync(inbox, TestStore.Message(1), new NewItem(Flags: ItemFlags.Flagged, Keywords: ["a", "b"]));
        FlagResult result = await test.Store.ChangeFlagsAsync(inbox.Id, [1], new FlagChange(mode, given, ["B", "c"]));
        Item after = Assert.Single(result.Items);
        Assert.Equal(expected, after.Flags);
        Assert.Equal(keywords.Split(' '), after.Keywords);
        Assert.True(after.ModSeq > before.ModSeq);
        Item read = Assert.Single(await test.Store.FindItemsAsync(inbox.Id, [1]));
        Assert.Equal(after with { Keywords = read.Keywords }, read);
        Assert.Equal(after.Keywords, read.Keywords);
    }

    [Fact]
    public async Task Counters_follow()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendManyAsync(inbox, 10);
        await test.Store.ChangeFlagsAsync(inbox.Id, [2, 3, 4, 9], new FlagChange(FlagMode.Add, ItemFlags.Seen | ItemFlags.Deleted));
        await test.Store.ChangeFlagsAsync(inbox.Id, [3], new FlagChange(FlagMode.Remove, ItemFlags.Seen));
        Folder folder = (await test.Store.FindFolderAsync(inbox.Id))!;
        Assert.Equal((10, 7, 4), (folder.Exists, folder.Unseen, folder.Deleted));
    }

    [Fact]
    public async Task What_does_not_change_keeps_its_modseq_and_is_not_announced()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        List<Item> items = await test.AppendManyAsync(inbox, 3);
        await test.Store.ChangeFlagsAsync(inbox.Id, [2], new FlagChange(FlagMode.Add, ItemFlags.Seen));
        int notices = 0;
        using IDisposable subscription = test.Store.Subscribe(1, _ => notices++);
        FlagResult nothing = await test.Store.ChangeFlagsAsync(inbox.Id, [2, 77], new FlagChange(FlagMode.Add, ItemFlags.Seen));
        Assert.Equal(0, notices);
        Assert.Equal(2u, Assert.Single(nothing.Items).Uid);
        FlagResult some = await test.Store.ChangeFlagsAsync(inbox.Id, [3, 2, 1, 3], new FlagChange(FlagMode.Add, ItemFlags.Seen));
        Assert.Equal([1u, 2u, 3u], some.Items.Select(item => item.Uid));
        Assert.Equal(nothing.Items[0].ModSeq, some.Items[1].ModSeq);
        Assert.True(some.Items[0].ModSeq > some.Items[1].ModSeq && some.Items[2].ModSeq > items[2].ModSeq);
        Assert.Equal(1, notices);
    }

    // RFC 7162 §3.1.3.
    [Fact]
    public async Task Items_changed_since_are_left_alone_and_reported()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        List<Item> items = await test.AppendManyAsync(inbox, 3);
        FlagResult result = await test.Store.ChangeFlagsAsync(
            inbox.Id, [1, 2, 3], new FlagChange(FlagMode.Add, ItemFlags.Flagged), unchangedSince: items[1].ModSeq);
        Assert.Equal([1u, 2u], result.Items.Select(item => item.Uid));
        Assert.Equal([3u], result.Modified);
        Assert.Equal(
            [ItemFlags.Flagged, ItemFlags.Flagged, ItemFlags.None],
            (await test.Store.FindItemsAsync(inbox.Id, [1, 2, 3])).Select(item => item.Flags));
    }

    [Fact]
    public async Task Neighbours_that_were_not_asked_for_stay_as_they_are()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendManyAsync(inbox, 200);
        var random = new Random(4711);
        var expected = new ItemFlags[201];
        for (int round = 0; round < 60; round++)
        {
            uint[] uids = [.. Enumerable.Range(1, 200).Where(_ => random.Next(3) == 0).Select(uid => (uint)uid)];
            var mode = (FlagMode)random.Next(3);
            var flags = (ItemFlags)random.Next(32);
            await test.Store.ChangeFlagsAsync(inbox.Id, uids, new FlagChange(mode, flags));
            foreach (uint uid in uids)
            {
                expected[uid] = mode switch
                {
                    FlagMode.Add => expected[uid] | flags,
                    FlagMode.Remove => expected[uid] & ~flags,
                    _ => flags,
                };
            }
        }
        (Folder folder, IReadOnlyList<Item> items) = await test.Store.ReadFolderAsync(inbox.Id);
        Assert.Equal(expected[1..], items.Select(item => item.Flags));
        Assert.Equal(expected[1..].Count(flags => (flags & ItemFlags.Seen) == 0), folder.Unseen);
    }

    // UIDs far apart are read by statements of their own, and what lies between was not looked at.
    [Theory]
    [InlineData(2)]
    [InlineData(33)]
    [InlineData(34)]
    [InlineData(100)]
    public async Task What_lies_between_two_uids_far_apart_stays_as_it_is(uint last)
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendManyAsync(inbox, 100);
        await test.Store.ChangeFlagsAsync(inbox.Id, [1, last], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        Assert.Equal([1u, last], await test.Store.ExpungeAsync(inbox.Id));
    }

    [Fact]
    public async Task A_missing_folder_is_refused()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        StoreException refusal = await Assert.ThrowsAsync<StoreException>(
            () => test.Store.ChangeFlagsAsync(99, [1], new FlagChange(FlagMode.Add, ItemFlags.Seen)));
        Assert.Equal(StoreError.NoSuchFolder, refusal.Error);
    }
}

public sealed class SqliteFlagTests() : FlagTests(Engine.Sqlite);

public sealed class PostgreSqlFlagTests() : FlagTests(Engine.PostgreSql);
