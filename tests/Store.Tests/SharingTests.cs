using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

/// <summary>RFC 4314 on the store: alice (1) owns, bob (2) and carol (3) are given rights.</summary>
public abstract class SharingTests(Engine engine)
{
    private const FolderRights ReadOnly = FolderRights.Lookup | FolderRights.Read | FolderRights.Seen;

    [Theory]
    [InlineData("lrs", ReadOnly)]
    [InlineData("lrswipkxtea", FolderRights.All)]
    [InlineData("", FolderRights.None)]
    [InlineData("c", FolderRights.CreateChild | FolderRights.DeleteFolder)]
    [InlineData("d", FolderRights.DeleteItems | FolderRights.Expunge)]
    public void Rights_are_letters(string letters, FolderRights expected)
    {
        Assert.True(RightsText.TryParse(letters, out FolderRights rights));
        Assert.Equal(expected, rights);
        Assert.True(RightsText.TryParse(RightsText.Format(rights), out FolderRights again));
        Assert.Equal(rights, again);
        Assert.False(RightsText.TryParse(letters + "L", out _));
    }

    [Fact]
    public async Task What_is_given_adds_up_and_what_is_taken_goes_before_it()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder work = await FolderAsync(test);
        await GiveAsync(test, work, AclIdentifier.Anyone, "l");
        await GiveAsync(test, work, AclIdentifier.Account(2), "rs");
        await GiveAsync(test, work, AclIdentifier.Group(7), "wi");
        await test.Store.ChangeAclAsync(work.Id, AclIdentifier.Account(3), true, FlagMode.Replace, FolderRights.Insert);
        Assert.Equal("lrs", await RightsAsync(test, work, new Person(2)));
        Assert.Equal("lrswi", await RightsAsync(test, work, new Person(2, [7, 8])));
        Assert.Equal("lw", await RightsAsync(test, work, new Person(3, [7])));
        Assert.Equal("lrswipkxtea", await RightsAsync(test, work, new Person(1)));
        await test.Store.ChangeAclAsync(work.Id, AclIdentifier.Account(2), false, FlagMode.Add, FolderRights.Write);
        await test.Store.ChangeAclAsync(work.Id, AclIdentifier.Account(2), false, FlagMode.Remove, FolderRights.Seen);
        await GiveAsync(test, work, AclIdentifier.Anyone, "");
        Assert.Equal("rw", await RightsAsync(test, work, new Person(2)));
        Assert.Equal(3, (await test.Store.ReadAclAsync(work.Id)).Count);
    }

    [Fact]
    public async Task Who_has_no_right_does_not_learn_that_a_folder_exists()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder work = await FolderAsync(test, 2);
        Item item = (await test.Store.ReadFolderAsync(work.Id)).Items[0];
        IStore bob = test.Store.ForPerson(new Person(2));
        Assert.Null(await bob.FindFolderAsync(1, "Work"));
        Assert.Null(await bob.FindFolderAsync(work.Id));
        Assert.Empty(await bob.ListFoldersAsync(1));
        Assert.Empty(await bob.ListSharedFoldersAsync(new Person(2)));
        Assert.Null(await bob.OpenContentAsync(item.Id));
        Assert.Empty(await bob.ReadSummariesAsync([item.Id]));
        await RefusedAsync(StoreError.NoSuchFolder, () => bob.ReadFolderAsync(work.Id).AsTask());
        await RefusedAsync(StoreError.NoSuchFolder, () => bob.FindItemsAsync(work.Id, [1]).AsTask());
        await RefusedAsync(StoreError.NoSuchFolder, () => bob.ReadChangesAsync(work.Id, 0).AsTask());
        await RefusedAsync(StoreError.NoSuchFolder, () => bob.ChangeFlagsAsync(work.Id, [1], Add(ItemFlags.Seen)));
        await RefusedAsync(StoreError.NoSuchFolder, () => bob.ExpungeAsync(work.Id));
        await RefusedAsync(StoreError.NoSuchFolder, () => AppendAsync(test, bob, work));
        await RefusedAsync(StoreError.NoSuchFolder, () => bob.DeleteFolderAsync(1, "Work"));
        await RefusedAsync(StoreError.NoSuchFolder, () => bob.ReadAclAsync(work.Id).AsTask());
        await RefusedAsync(StoreError.NotPermitted, () => bob.CreateFolderAsync(1, "Mine"));
        await RefusedAsync(StoreError.NotPermitted, () => bob.ReadQuotaAsync(1).AsTask());
        await RefusedAsync(StoreError.NotPermitted, () => bob.CountKindAsync(1, ItemKind.VoiceMail).AsTask());
        Assert.Throws<StoreException>(() => { _ = bob.RemoveAccountAsync(2); });
        Assert.Throws<StoreException>(() => { _ = bob.SetQuotaAsync(2, new QuotaLimits()); });
    }

    [Fact]
    public async Task Each_operation_asks_for_its_right()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder work = await FolderAsync(test, 2);
        await test.InboxAsync(2);
        IStore bob = test.Store.ForPerson(new Person(2));
        long archive = (await test.Store.FindFolderAsync(2, "Archive"))!.Id;
        await GiveAsync(test, work, AclIdentifier.Account(2), "l");
        await RefusedAsync(StoreError.NotPermitted, () => bob.ReadFolderAsync(work.Id).AsTask());
        await RefusedAsync(StoreError.NotPermitted, () => bob.CopyAsync(work.Id, [1], archive));
        await GiveAsync(test, work, AclIdentifier.Account(2), "lr");
        Assert.Equal(2, (await bob.ReadFolderAsync(work.Id)).Items.Count);
        Assert.NotNull(await bob.OpenContentAsync((await bob.FindItemsAsync(work.Id, [1]))[0].Id));
        await RefusedAsync(StoreError.NotPermitted, () => bob.ChangeFlagsAsync(work.Id, [1], Add(ItemFlags.Seen)));
        await RefusedAsync(StoreError.NotPermitted, () => bob.ChangeFlagsAsync(work.Id, [1], new FlagChange(FlagMode.Replace, ItemFlags.None)));
        await RefusedAsync(StoreError.NotPermitted, () => AppendAsync(test, bob, work));
        await RefusedAsync(StoreError.NotPermitted, () => bob.MoveAsync(work.Id, [1], archive));
        await RefusedAsync(StoreError.NotPermitted, () => bob.ExpungeAsync(work.Id));
        await RefusedAsync(StoreError.NotPermitted, () => bob.CreateFolderAsync(1, "Work/Sub"));
        await RefusedAsync(StoreError.NotPermitted, () => bob.RenameFolderAsync(1, "Work", "Work2"));
        await RefusedAsync(StoreError.NotPermitted, () => bob.DeleteFolderAsync(1, "Work"));
        await RefusedAsync(StoreError.NotPermitted, () => bob.ReadAclAsync(work.Id).AsTask());
        await RefusedAsync(StoreError.NotPermitted, () => bob.ChangeAclAsync(work.Id, AclIdentifier.Account(2), false, FlagMode.Add, FolderRights.Write));
        await GiveAsync(test, work, AclIdentifier.Account(2), "lrkxtea");
        await bob.CreateFolderAsync(1, "Work/Sub");
        await bob.RenameFolderAsync(1, "Work/Sub", "Work/Other");
        await RefusedAsync(StoreError.NotPermitted, () => bob.RenameFolderAsync(1, "Work/Other", "Taken"));
        Assert.Equal("lrkxtea", await RightsAsync(test, (await test.Store.FindFolderAsync(1, "Work/Other"))!, new Person(2)));
        await bob.DeleteFolderAsync(1, "Work/Other");
        await bob.MoveAsync(work.Id, [1], archive);
        await bob.ChangeFlagsAsync(work.Id, [2], Add(ItemFlags.Deleted));
        Assert.Equal([2u], await bob.ExpungeAsync(work.Id));
        await bob.ChangeAclAsync(work.Id, AclIdentifier.Account(3), false, FlagMode.Replace, ReadOnly);
        Assert.Equal("lrs", RightsText.Format(await bob.ReadRightsAsync(work.Id, new Person(3))));
    }

    [Fact]
    public async Task Seen_is_each_persons_own()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder work = await FolderAsync(test, 3);
        await GiveAsync(test, work, AclIdentifier.Anyone, "lrs");
        IStore bob = test.Store.ForPerson(new Person(2)), carol = test.Store.ForPerson(new Person(3));
        await test.Store.ChangeFlagsAsync(work.Id, [3], Add(ItemFlags.Seen));
        long owners = (await test.Store.FindFolderAsync(work.Id))!.HighestModSeq;
        FlagResult result = await bob.ChangeFlagsAsync(work.Id, [1, 2], Add(ItemFlags.Seen));
        Assert.All(result.Items, item => Assert.True(item.Flags == ItemFlags.Seen && item.ModSeq > owners));
        Assert.Equal("ss-", Seen((await bob.ReadFolderAsync(work.Id)).Items));
        Assert.Equal("---", Seen((await carol.ReadFolderAsync(work.Id)).Items));
        Assert.Equal("--s", Seen((await test.Store.ReadFolderAsync(work.Id)).Items));
        Assert.Equal((2, 1, 3), (await UnseenAsync(test.Store, work), await UnseenAsync(bob, work), await UnseenAsync(carol, work)));
        Assert.Equal(owners, (await test.Store.FindFolderAsync(work.Id))!.HighestModSeq);
        await bob.ChangeFlagsAsync(work.Id, [1], new FlagChange(FlagMode.Replace, ItemFlags.None));
        Assert.Equal("-s-", Seen((await bob.ReadFolderAsync(work.Id)).Items));
        // The owner's change reaches the readers' numbers, not their state.
        await test.Store.ChangeFlagsAsync(work.Id, [2], new FlagChange(FlagMode.Replace, ItemFlags.Flagged));
        Assert.Equal("-s-", Seen((await bob.ReadFolderAsync(work.Id)).Items));
        // A new item is unseen for all, one that goes is counted no more.
        await test.AppendAsync(work, TestStore.Message(9));
        await test.Store.ChangeFlagsAsync(work.Id, [1, 2], Add(ItemFlags.Deleted));
        await test.Store.ExpungeAsync(work.Id);
        Assert.Equal("--", Seen((await bob.ReadFolderAsync(work.Id)).Items));
        Assert.Equal(2, await UnseenAsync(bob, work));
    }

    [Fact]
    public async Task A_readers_changes_since_a_number_are_right()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder work = await FolderAsync(test, 4);
        await GiveAsync(test, work, AclIdentifier.Anyone, "lrs");
        IStore bob = test.Store.ForPerson(new Person(2)), carol = test.Store.ForPerson(new Person(3));
        long since = (await bob.ReadFolderAsync(work.Id)).Folder.HighestModSeq;
        await bob.ChangeFlagsAsync(work.Id, [1], Add(ItemFlags.Seen));
        await carol.ChangeFlagsAsync(work.Id, [2], Add(ItemFlags.Seen));
        await test.Store.ChangeFlagsAsync(work.Id, [3], Add(ItemFlags.Flagged));
        FolderChanges bobs = await bob.ReadChangesAsync(work.Id, since), owners = await test.Store.ReadChangesAsync(work.Id, since);
        Assert.Equal([1u, 3u], bobs.Changed.Select(item => item.Uid));
        Assert.Equal([2u, 3u], (await carol.ReadChangesAsync(work.Id, since)).Changed.Select(item => item.Uid));
        Assert.Equal([3u], owners.Changed.Select(item => item.Uid));
        Assert.True(bobs.Changed.All(item => item.ModSeq <= bobs.Folder.HighestModSeq));
        Assert.Empty((await bob.ReadChangesAsync(work.Id, bobs.Folder.HighestModSeq)).Changed);
        // RFC 7162 §3.1.3 with the numbers that this reader was told.
        await bob.ChangeFlagsAsync(work.Id, [1], new FlagChange(FlagMode.Remove, ItemFlags.Seen));
        FlagResult result = await bob.ChangeFlagsAsync(work.Id, [1, 2], Add(ItemFlags.Seen), bobs.Folder.HighestModSeq);
        Assert.Equal([1u], result.Modified);
        Assert.Equal([2u], result.Items.Select(item => item.Uid));
        Assert.Equal("-s--", Seen((await bob.ReadFolderAsync(work.Id)).Items));
        // Nothing changed, nothing numbered.
        long before = (await bob.ReadFolderAsync(work.Id)).Folder.HighestModSeq;
        await bob.ChangeFlagsAsync(work.Id, [2], Add(ItemFlags.Seen));
        Assert.Equal(before, (await bob.ReadFolderAsync(work.Id)).Folder.HighestModSeq);
    }

    [Fact]
    public async Task What_a_right_is_missing_for_is_left_out_of_a_change()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder work = await FolderAsync(test, 1);
        await GiveAsync(test, work, AclIdentifier.Account(2), "lrsi");
        IStore bob = test.Store.ForPerson(new Person(2));
        var all = new FlagChange(FlagMode.Replace, ItemFlags.Seen | ItemFlags.Flagged | ItemFlags.Deleted, ["$Work"]);
        await bob.ChangeFlagsAsync(work.Id, [1], all);
        Assert.Equal((ItemFlags.Seen, 0), await StateAsync(bob, work, 1));
        Assert.Equal((ItemFlags.None, 0), await StateAsync(test.Store, work, 1));
        Item appended = await AppendAsync(test, bob, work, new NewItem(Flags: ItemFlags.Seen | ItemFlags.Flagged, Keywords: ["$Work"]));
        Assert.Equal((ItemFlags.Seen, 0), (appended.Flags, appended.Keywords.Count));
        Assert.Equal((ItemFlags.None, 0), await StateAsync(test.Store, work, appended.Uid));
        await GiveAsync(test, work, AclIdentifier.Account(2), "lrwt");
        await bob.ChangeFlagsAsync(work.Id, [1], new FlagChange(FlagMode.Replace, ItemFlags.Flagged | ItemFlags.Deleted, ["$Work"]));
        Assert.Equal((ItemFlags.Seen | ItemFlags.Flagged | ItemFlags.Deleted, 1), await StateAsync(bob, work, 1));
        Assert.Equal((ItemFlags.Flagged | ItemFlags.Deleted, 1), await StateAsync(test.Store, work, 1));
    }

    [Fact]
    public async Task Copies_and_moves_between_accounts_take_what_the_person_sees_and_count_for_whom_they_come_to()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder work = await FolderAsync(test, 3);
        Folder inbox = await test.InboxAsync(2);
        await GiveAsync(test, work, AclIdentifier.Account(2), "lrswite");
        IStore bob = test.Store.ForPerson(new Person(2));
        await test.Store.ChangeFlagsAsync(work.Id, [2], Add(ItemFlags.Seen));
        await bob.ChangeFlagsAsync(work.Id, [1], Add(ItemFlags.Seen | ItemFlags.Flagged));
        await bob.CopyAsync(work.Id, [1, 2], inbox.Id);
        IReadOnlyList<Item> copies = (await test.Store.ReadFolderAsync(inbox.Id)).Items;
        Assert.Equal([ItemFlags.Seen | ItemFlags.Flagged, ItemFlags.None], copies.Select(item => item.Flags));
        Assert.All(copies, item => Assert.True(item.EmailId == item.Id && item.ThreadId == item.Id));
        await bob.MoveAsync(work.Id, [1], inbox.Id);
        Assert.Equal([2u, 3u], (await test.Store.ReadFolderAsync(work.Id)).Items.Select(item => item.Uid));
        await bob.MoveAsync(inbox.Id, [1], work.Id);
        Assert.Equal("--s", Seen((await bob.ReadFolderAsync(work.Id)).Items));
        Assert.Equal("s--", Seen((await test.Store.ReadFolderAsync(work.Id)).Items));
        Assert.Equal((3L, 2L), ((await test.Store.ReadQuotaAsync(1)).Items, (await test.Store.ReadQuotaAsync(2)).Items));
        await test.Store.SetQuotaAsync(1, new QuotaLimits(MaxItems: 3));
        await RefusedAsync(StoreError.OverQuota, () => bob.CopyAsync(inbox.Id, [2], work.Id));
        await RefusedAsync(StoreError.OverQuota, () => AppendAsync(test, bob, work, new NewItem(BeyondQuota: true)));
    }

    [Fact]
    public async Task Public_folders_are_for_all()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder news = await test.Store.CreateFolderAsync(PublicFolders.AccountId, "News");
        await GiveAsync(test, news, AclIdentifier.Anyone, "lrsip");
        Folder sport = await test.Store.CreateFolderAsync(PublicFolders.AccountId, "News/Sport");
        IStore bob = test.Store.ForPerson(new Person(2));
        SharedFolder[] shared = [.. await bob.ListSharedFoldersAsync(new Person(2))];
        Assert.Equal(["News", "News/Sport"], shared.Select(each => each.Folder.Path));
        Assert.All(shared, each => Assert.Equal("lrsip", RightsText.Format(each.Rights)));
        await AppendAsync(test, bob, sport);
        Assert.Equal(1, await UnseenAsync(test.Store.ForPerson(new Person(3)), sport));
        await bob.SubscribeAsync(PublicFolders.AccountId, "News", true);
        Assert.True((await bob.FindFolderAsync(news.Id))!.Subscribed);
        Assert.False((await test.Store.ForPerson(new Person(3)).FindFolderAsync(news.Id))!.Subscribed);
        Assert.Equal(["News", "News/Sport"], (await bob.ListFoldersAsync(PublicFolders.AccountId)).Select(folder => folder.Path));
    }

    [Fact]
    public async Task Notices_of_a_shared_folder_reach_its_readers()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder work = await FolderAsync(test, 1);
        await GiveAsync(test, work, AclIdentifier.Account(2), "lrs");
        IStore bob = test.Store.ForPerson(new Person(2));
        var notices = new List<ChangeNotice>();
        using IDisposable subscription = bob.Subscribe(work.AccountId, notices.Add);
        await test.AppendAsync(work, TestStore.Message(5));
        await bob.ChangeFlagsAsync(work.Id, [1], Add(ItemFlags.Seen));
        Assert.Equal([work.Id, work.Id], notices.Select(notice => notice.FolderId));
        Assert.Equal(notices[1].ModSeq, (await bob.ReadFolderAsync(work.Id)).Folder.HighestModSeq);
    }

    [Fact]
    public async Task What_is_gone_leaves_nothing_behind()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder work = await FolderAsync(test, 3), other = await test.Store.CreateFolderAsync(1, "Other");
        await test.AppendAsync(other, TestStore.Message(1));
        foreach (Folder folder in (Folder[])[work, other])
        {
            await GiveAsync(test, folder, AclIdentifier.Account(2), "lrs");
            await GiveAsync(test, folder, AclIdentifier.Account(3), "lrs");
            await test.Store.ForPerson(new Person(2)).ChangeFlagsAsync(folder.Id, [1], Add(ItemFlags.Seen));
            await test.Store.ForPerson(new Person(3)).ChangeFlagsAsync(folder.Id, [1], Add(ItemFlags.Seen));
        }
        await test.Store.DeleteFolderAsync(1, "Work");
        await test.Store.RemoveAccountAsync(2);
        await test.Store.MaintainAsync();
        Assert.Equal(
            (1L, 1L, 1L),
            await test.Database.ReadAsync(async session => (
                await session.QueryLongAsync("SELECT count(*) FROM store_acl"), await session.QueryLongAsync("SELECT count(*) FROM store_readers"),
                await session.QueryLongAsync("SELECT count(*) FROM store_reader_items"))));
        Assert.Equal("s", Seen((await test.Store.ForPerson(new Person(3)).ReadFolderAsync(other.Id)).Items));
    }

    private static async Task<Folder> FolderAsync(TestStore test, int items = 0)
    {
        Folder work = await test.Store.CreateFolderAsync(1, "Work");
        await test.AppendManyAsync(work, items);
        return work;
    }

    private static Task GiveAsync(TestStore test, Folder folder, AclIdentifier identifier, string letters)
    {
        Assert.True(RightsText.TryParse(letters, out FolderRights rights));
        return test.Store.ChangeAclAsync(folder.Id, identifier, isNegative: false, FlagMode.Replace, rights);
    }

    private static async Task<string> RightsAsync(TestStore test, Folder folder, Person person) =>
        RightsText.Format(await test.Store.ReadRightsAsync(folder.Id, person));

    private static async Task<Item> AppendAsync(TestStore test, IStore store, Folder folder, NewItem? item = null)
    {
        await using StagedContent staged = await test.Store.StageAsync(new MemoryStream(TestStore.Message(50)), TestStore.MaxSize);
        return await store.AppendAsync(folder.Id, staged, item ?? new NewItem());
    }

    private static async Task RefusedAsync(StoreError error, Func<Task> act) => Assert.Equal(error, (await Assert.ThrowsAnyAsync<StoreException>(act)).Error);

    private static FlagChange Add(ItemFlags flags) => new(FlagMode.Add, flags);

    private static async Task<int> UnseenAsync(IStore store, Folder folder) => (await store.FindFolderAsync(folder.Id))!.Unseen;

    private static async Task<(ItemFlags Flags, int Keywords)> StateAsync(IStore store, Folder folder, uint uid)
    {
        Item item = (await store.FindItemsAsync(folder.Id, [uid]))[0];
        return (item.Flags, item.Keywords.Count);
    }

    private static string Seen(IEnumerable<Item> items) => string.Concat(items.Select(item => (item.Flags & ItemFlags.Seen) != 0 ? 's' : '-'));
}

public sealed class SqliteSharingTests() : SharingTests(Engine.Sqlite);

public sealed class PostgreSqlSharingTests() : SharingTests(Engine.PostgreSql);
