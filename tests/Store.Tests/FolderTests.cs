using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

public abstract class FolderTests(Engine engine)
{
    [Fact]
    public async Task Provisioning_makes_what_is_missing_once()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        await test.Store.CreateFolderAsync(1, "Sent");
        await test.Store.ProvisionAsync(1);
        await test.Store.ProvisionAsync(1);
        IReadOnlyList<Folder> folders = await test.Store.ListFoldersAsync(1);
        Assert.Equal(["INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash"], folders.Select(folder => folder.Path));
        Assert.Equal(
            [SpecialUse.Inbox, SpecialUse.Archive, SpecialUse.Drafts, SpecialUse.Junk, SpecialUse.Sent, SpecialUse.Trash],
            folders.Select(folder => folder.SpecialUse));
        Assert.Equal(6, folders.Select(folder => folder.UidValidity).Distinct().Count());
        Assert.Empty(await test.Store.ListFoldersAsync(2));
    }

    [Fact]
    public async Task Making_a_folder_makes_the_levels_above()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder made = await test.Store.CreateFolderAsync(1, "Projekte/Größe/日本");
        Assert.Equal("Projekte/Größe/日本", made.Path);
        Assert.Equal(
            ["Projekte", "Projekte/Größe", "Projekte/Größe/日本"], (await test.Store.ListFoldersAsync(1)).Select(folder => folder.Path));
        await AssertRefusedAsync(StoreError.FolderExists, () => test.Store.CreateFolderAsync(1, "Projekte"));
        Assert.Equal("INBOX/x", (await test.Store.CreateFolderAsync(1, "inbox/x")).Path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("a\u0007b")]
    [InlineData("a\r\nb")]
    public async Task A_malformed_name_is_refused(string path)
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        await AssertRefusedAsync(StoreError.InvalidFolder, () => test.Store.CreateFolderAsync(1, path));
        Assert.Empty(await test.Store.ListFoldersAsync(1));
    }

    [Fact]
    public async Task Names_and_numbers_of_folders_are_limited()
    {
        await using TestStore test = await TestStore.OpenAsync(new StoreOptions { BlobFolder = "", MaxFolders = 3 }, engine: engine);
        await AssertRefusedAsync(StoreError.InvalidFolder, () => test.Store.CreateFolderAsync(1, new string('a', 1001)));
        await AssertRefusedAsync(StoreError.LimitReached, () => test.Store.CreateFolderAsync(1, "a/b/c/d"));
        await test.Store.CreateFolderAsync(1, "a/b/c");
    }

    [Fact]
    public async Task A_deleted_folder_is_gone_at_once_and_its_content_later()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        await test.InboxAsync();
        Folder folder = await test.Store.CreateFolderAsync(1, "a");
        await test.Store.CreateFolderAsync(1, "a/b");
        await test.AppendManyAsync(folder, 1200, new NewItem(ItemKind.VoiceMail));
        await test.Store.ChangeFlagsAsync(folder.Id, [3, 4], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        await test.Store.ExpungeAsync(folder.Id);
        ChangeNotice? last = null;
        using IDisposable subscription = test.Store.Subscribe(null, notice => last = notice);

        await test.Store.DeleteFolderAsync(1, "a");

        Assert.Equal((1, folder.Id), (last!.Value.AccountId, last.Value.FolderId));
        Assert.NotEqual(0, last.Value.Kinds & (1 << (int)ItemKind.VoiceMail));
        Assert.Null(await test.Store.FindFolderAsync(folder.Id));
        Assert.Null(await test.Store.FindFolderAsync(1, "a"));
        Assert.NotNull(await test.Store.FindFolderAsync(1, "a/b"));
        Assert.Equal(new KindCount(0, 0), await test.Store.CountKindAsync(1, ItemKind.VoiceMail));
        await AssertRefusedAsync(StoreError.NoSuchFolder, () => test.AppendAsync(folder, TestStore.Message(1)));
        Folder again = await test.Store.CreateFolderAsync(1, "a");
        Assert.True(again.UidValidity > folder.UidValidity);
        test.Time.Advance(TimeSpan.FromHours(2));
        await test.Store.MaintainAsync();
        test.Time.Advance(TimeSpan.FromHours(2));
        await test.Store.MaintainAsync();
        foreach (string table in (string[])["store_items", "store_contents", "store_bodies", "store_tombstones"])
            Assert.Equal(0, await test.Database.ReadAsync(session => session.QueryLongAsync($"SELECT count(*) FROM {table}")));
    }

    [Fact]
    public async Task Inbox_can_not_be_deleted_and_what_is_missing_can_not_either()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        await test.InboxAsync();
        await AssertRefusedAsync(StoreError.InvalidFolder, () => test.Store.DeleteFolderAsync(1, "Inbox"));
        await AssertRefusedAsync(StoreError.NoSuchFolder, () => test.Store.DeleteFolderAsync(1, "nowhere"));
        await AssertRefusedAsync(StoreError.NoSuchFolder, () => test.Store.SubscribeAsync(1, "nowhere", true));
        await AssertRefusedAsync(StoreError.NoSuchFolder, () => test.Store.RenameFolderAsync(1, "nowhere", "x"));
    }

    [Fact]
    public async Task Renaming_takes_the_folders_below_along()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder below = await test.Store.CreateFolderAsync(1, "a/b/c");
        await test.Store.CreateFolderAsync(1, "ab");
        await test.AppendManyAsync(below, 2);
        await test.Store.RenameFolderAsync(1, "a", "x/y");
        Assert.Equal(["ab", "x", "x/y", "x/y/b", "x/y/b/c"], (await test.Store.ListFoldersAsync(1)).Select(folder => folder.Path));
        Folder found = (await test.Store.FindFolderAsync(1, "x/y/b/c"))!;
        Assert.Equal((below.Id, below.UidValidity, 2), (found.Id, found.UidValidity, found.Exists));
        await AssertRefusedAsync(StoreError.InvalidFolder, () => test.Store.RenameFolderAsync(1, "x", "x/z"));
        await AssertRefusedAsync(StoreError.FolderExists, () => test.Store.RenameFolderAsync(1, "x/y", "ab"));
    }

    // RFC 9051 §6.3.6.
    [Fact]
    public async Task Renaming_inbox_moves_its_items_and_leaves_it_empty()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.Store.CreateFolderAsync(1, "INBOX/below");
        await test.AppendManyAsync(inbox, 5);
        await test.Store.RenameFolderAsync(1, "inbox", "old/mail");
        Assert.Equal(0, (await test.Store.FindFolderAsync(inbox.Id))!.Exists);
        Assert.Equal(5, (await test.Store.FindFolderAsync(1, "old/mail"))!.Exists);
        Assert.NotNull(await test.Store.FindFolderAsync(1, "INBOX/below"));
    }

    [Fact]
    public async Task Subscriptions_are_kept()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        await test.Store.CreateFolderAsync(1, "a");
        await test.Store.SubscribeAsync(1, "a", true);
        Assert.True((await test.Store.FindFolderAsync(1, "a"))!.Subscribed);
        await test.Store.SubscribeAsync(1, "a", false);
        Assert.False((await test.Store.FindFolderAsync(1, "a"))!.Subscribed);
    }

    [Fact]
    public async Task Removing_an_account_leaves_nothing_of_it_and_nobody_else_untouched()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder alice = await test.InboxAsync(1);
        Folder bob = await test.InboxAsync(2);
        await test.AppendManyAsync(alice, 3);
        Item kept = (await test.AppendManyAsync(bob, 3))[0];
        await test.Store.RemoveAccountAsync(1);
        Assert.Empty(await test.Store.ListFoldersAsync(1));
        await test.Store.MaintainAsync();
        Assert.Equal(3, await test.Database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM store_items")));
        Assert.Equal(TestStore.Message(1), await test.ReadAsync(kept.Id));
    }

    private static async Task AssertRefusedAsync(StoreError error, Func<Task> attempt) =>
        Assert.Equal(error, (await Assert.ThrowsAsync<StoreException>(attempt)).Error);
}

public sealed class SqliteFolderTests() : FolderTests(Engine.Sqlite);

public sealed class PostgreSqlFolderTests() : FolderTests(Engine.PostgreSql);
