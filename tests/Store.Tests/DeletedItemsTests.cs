using System.Text;
using UnifiedMsg.Store.Retention;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

public abstract class DeletedItemsTests(Engine engine) : IAsyncLifetime
{
    private TestStore _test = null!;
    private Folder _inbox = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestStore.OpenAsync(new StoreOptions { BlobFolder = "", DeletedItemRetention = TimeSpan.FromDays(14) }, engine: engine);
        _inbox = await _test.InboxAsync();
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task An_expunged_item_is_listed_and_put_back_as_it_was_under_a_new_uid()
    {
        byte[] octets = TestStore.Message(7, 90_000);
        DateTimeOffset received = _test.Time.GetUtcNow().AddDays(-3);
        Item item = await _test.AppendAsync(_inbox, octets, new NewItem(ItemKind.VoiceMail, ItemFlags.Seen | ItemFlags.Flagged, ["work"], received));
        await DeleteAsync(_inbox, item.Uid);
        Assert.Null(await _test.ReadAsync(item.Id));
        DeletedItem deleted = Assert.Single(await _test.Store.Deleted.ListAsync(1, new DeletedFilter()));
        Assert.Equal(("INBOX", "Alice", "Message 7", item.Size), (deleted.Folder, deleted.From, deleted.Subject, deleted.Size));

        UndeleteResult result = await _test.Store.Deleted.RestoreAsync(1, new DeletedFilter([deleted.Id]));
        Assert.Equal((1, "INBOX"), (result.Restored, Assert.Single(result.Folders)));
        Item back = Assert.Single((await _test.Store.ReadFolderAsync(_inbox.Id)).Items);
        Assert.True(back.Uid > item.Uid && back.Id != item.Id);
        Assert.Equal((item.Kind, ItemFlags.Seen | ItemFlags.Flagged, item.InternalDate), (back.Kind, back.Flags, back.InternalDate));
        Assert.Equal((item.EmailId, item.ThreadId), (back.EmailId, back.ThreadId));
        Assert.Equal(["work"], back.Keywords);
        Assert.Equal(octets, await _test.ReadAsync(back.Id));
        Assert.Empty(await _test.Store.Deleted.ListAsync(1, new DeletedFilter()));
        Assert.Equal(0, (await _test.Store.Deleted.RestoreAsync(1, new DeletedFilter([deleted.Id]))).Restored);
    }

    [Fact]
    public async Task An_answer_to_what_was_put_back_comes_into_its_thread_and_the_thread_is_forgotten_with_it()
    {
        Item asked = await AppendAsync("1", "Lunch");
        await DeleteAsync(_inbox, asked.Uid);
        await _test.Store.MaintainAsync();
        await _test.Store.Deleted.RestoreAsync(1, new DeletedFilter());
        Item answer = await AppendAsync("2", "Re: Lunch", answers: "1");
        Assert.Equal(asked.ThreadId, answer.ThreadId);

        foreach (Item item in (await _test.Store.ReadFolderAsync(_inbox.Id)).Items)
            await DeleteAsync(_inbox, item.Uid);
        _test.Time.Advance(TimeSpan.FromDays(15));
        await _test.Store.MaintainAsync();
        await _test.Store.MaintainAsync();
        Assert.Equal(0, await _test.Database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM store_thread_keys")));
    }

    [Fact]
    public async Task The_items_of_a_removed_folder_come_back_into_a_folder_of_its_name_or_into_Recovered()
    {
        Folder project = await _test.Store.CreateFolderAsync(1, "Project");
        await _test.AppendManyAsync(project, 700);
        await _test.Store.DeleteFolderAsync(1, "Project");
        await _test.Store.MaintainAsync();
        IReadOnlyList<DeletedItem> deleted = await _test.Store.Deleted.ListAsync(1, new DeletedFilter(Folder: "Project"));
        Assert.Equal(700, deleted.Count);
        Assert.Equal(["Recovered"], (await _test.Store.Deleted.RestoreAsync(1, new DeletedFilter([deleted[0].Id]))).Folders);
        await _test.Store.CreateFolderAsync(1, "Project");
        UndeleteResult rest = await _test.Store.Deleted.RestoreAsync(1, new DeletedFilter());
        Assert.Equal((699, "Project"), (rest.Restored, Assert.Single(rest.Folders)));
        Assert.Equal(699, (await _test.Store.FindFolderAsync(1, "Project"))!.Exists);
    }

    [Fact]
    public async Task A_full_mailbox_takes_back_what_was_in_it()
    {
        Item item = await _test.AppendAsync(_inbox, TestStore.Message(1));
        await DeleteAsync(_inbox, item.Uid);
        Assert.Equal(0, (await _test.Store.ReadQuotaAsync(1)).Items);
        await _test.Store.SetQuotaAsync(1, new QuotaLimits(MaxItems: 1));
        await _test.AppendAsync(_inbox, TestStore.Message(2));
        Assert.Equal(1, (await _test.Store.Deleted.RestoreAsync(1, new DeletedFilter())).Restored);
        Assert.Equal(2, (await _test.Store.ReadQuotaAsync(1)).Items);
    }

    [Fact]
    public async Task A_renamed_folder_gets_its_items_back()
    {
        Folder project = await _test.Store.CreateFolderAsync(1, "Project");
        Item item = await _test.AppendAsync(project, TestStore.Message(1));
        await DeleteAsync(project, item.Uid);
        await _test.Store.RenameFolderAsync(1, "Project", "Done");
        Assert.Equal(["Done"], (await _test.Store.Deleted.RestoreAsync(1, new DeletedFilter())).Folders);
    }

    [Fact]
    public async Task Filters_choose_by_time_folder_and_text()
    {
        List<Item> items = await _test.AppendManyAsync(_inbox, 3);
        await DeleteAsync(_inbox, items[0].Uid);
        _test.Time.Advance(TimeSpan.FromHours(1));
        DateTimeOffset later = _test.Time.GetUtcNow();
        await DeleteAsync(_inbox, items[1].Uid, items[2].Uid);
        async Task<int> CountAsync(DeletedFilter filter) => (await _test.Store.Deleted.ListAsync(1, filter)).Count;
        Assert.Equal(3, await CountAsync(new DeletedFilter()));
        Assert.Equal(2, await CountAsync(new DeletedFilter(Since: later)));
        Assert.Equal(1, await CountAsync(new DeletedFilter(Text: "message 2")));
        Assert.Equal(3, await CountAsync(new DeletedFilter(Text: "ALICE")));
        Assert.Equal(0, await CountAsync(new DeletedFilter(Folder: "Sent")));
        Assert.Equal(3, await CountAsync(new DeletedFilter(Folder: "inbox")));
        Assert.Empty(await _test.Store.Deleted.ListAsync(2, new DeletedFilter()));
    }

    [Fact]
    public async Task After_the_retention_time_item_and_content_are_gone()
    {
        Item item = await _test.AppendAsync(_inbox, TestStore.Message(1, 90_000));
        await DeleteAsync(_inbox, item.Uid);
        _test.Time.Advance(TimeSpan.FromDays(13));
        await _test.Store.MaintainAsync();
        Assert.Single(await _test.Store.Deleted.ListAsync(1, new DeletedFilter()));
        Assert.Single(_test.Blobs());
        _test.Time.Advance(TimeSpan.FromDays(2));
        await _test.Store.MaintainAsync();
        Assert.Empty(await _test.Store.Deleted.ListAsync(1, new DeletedFilter()));
        _test.Time.Advance(TimeSpan.FromHours(2));
        await _test.Store.MaintainAsync();
        Assert.Empty(_test.Blobs());
    }

    [Fact]
    public async Task A_removed_account_leaves_nothing()
    {
        List<Item> items = await _test.AppendManyAsync(_inbox, 3);
        await DeleteAsync(_inbox, items[0].Uid);
        await _test.Store.CreateFolderAsync(1, "Project");
        await _test.Store.DeleteFolderAsync(1, "Project");
        await _test.Store.RemoveAccountAsync(1);
        await _test.Store.MaintainAsync();
        Assert.Empty(await _test.Store.Deleted.ListAsync(1, new DeletedFilter()));
        Assert.Equal(0, await _test.Database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM store_retained")));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(long.MaxValue, 14)]
    public async Task Without_retention_and_in_the_mailbox_of_the_queue_nothing_is_kept(long account, int days)
    {
        await using TestStore test = await TestStore.OpenAsync(new StoreOptions { BlobFolder = "", DeletedItemRetention = TimeSpan.FromDays(days) }, engine: engine);
        Folder inbox = await test.InboxAsync(account);
        Item item = await test.AppendAsync(inbox, TestStore.Message(1));
        await test.Store.ChangeFlagsAsync(inbox.Id, [item.Uid], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        await test.Store.ExpungeAsync(inbox.Id);
        Assert.Empty(await test.Store.Deleted.ListAsync(account, new DeletedFilter()));
    }

    private Task<Item> AppendAsync(string id, string subject, string? answers = null) => _test.AppendAsync(
        _inbox,
        Encoding.ASCII.GetBytes($"Message-ID: <{id}@example.test>\r\nSubject: {subject}\r\n{(answers is null ? "" : $"In-Reply-To: <{answers}@example.test>\r\n")}\r\nx\r\n"));

    private async Task DeleteAsync(Folder folder, params uint[] uids)
    {
        await _test.Store.ChangeFlagsAsync(folder.Id, uids, new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        await _test.Store.ExpungeAsync(folder.Id, uids);
    }
}

public sealed class SqliteDeletedItemsTests() : DeletedItemsTests(Engine.Sqlite);

public sealed class PostgreSqlDeletedItemsTests() : DeletedItemsTests(Engine.PostgreSql);
