using UnifiedMsg.Store.Maintenance;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

public abstract class RepairTests(Engine engine)
{
    [Theory]
    [InlineData("UPDATE store_folders SET item_count = item_count + 1, size = 7 WHERE path = 'INBOX'", "folder-counters", 3)]
    [InlineData("UPDATE store_folders SET unseen_count = 0 WHERE path = 'INBOX'", "folder-counters", 3)]
    [InlineData("UPDATE store_folders SET uid_next = 2 WHERE path = 'INBOX'", "folder-numbers", 3)]
    [InlineData("UPDATE store_folders SET highest_modseq = 1 WHERE path = 'INBOX'", "folder-numbers", 3)]
    [InlineData("UPDATE store_folders SET tombstone_count = 9 WHERE path = 'INBOX'", "folder-tombstones", 3)]
    [InlineData("UPDATE store_accounts SET modseq = 1", "account-numbers", 3)]
    [InlineData("INSERT INTO store_tombstones SELECT folder_id, modseq, uid FROM store_items WHERE uid = 2", "gone-and-there", 3)]
    [InlineData("UPDATE store_accounts SET size = size - 1, item_count = 9", "account-sums", 3)]
    [InlineData("UPDATE store_folders SET uid_next = uid_next + 5 WHERE path = 'INBOX'", "folder-gaps", 3)]
    [InlineData("INSERT INTO store_uid_gaps SELECT id, 2, 2 FROM store_folders WHERE path = 'INBOX'", "folder-gaps", 3)]
    [InlineData("INSERT INTO store_readers SELECT id, 2, 0, 4, 0 FROM store_folders WHERE path = 'INBOX'", "reader-counters", 3)]
    [InlineData(
        "INSERT INTO store_readers SELECT id, 2, 0, 1, 0 FROM store_folders WHERE path = 'INBOX';"
        + "INSERT INTO store_reader_items SELECT id, 2, 77, 1, 1 FROM store_folders WHERE path = 'INBOX'", "reader-items", 3)]
    [InlineData("UPDATE store_counters SET value = 1", "item-ids", 3)]
    [InlineData("UPDATE store_items SET folder_id = 99 WHERE uid = 2", "item-without-folder", 2)]
    [InlineData("UPDATE store_items SET thread_id = 123456789012 WHERE uid = 2", "item-thread", 3)]
    [InlineData("UPDATE store_items SET thread_id = 0 WHERE uid = 2", "item-thread", 3)]
    [InlineData("UPDATE store_items SET content_id = 99 WHERE uid = 2", "item-without-content", 3)]
    [InlineData("UPDATE store_items SET size = 9 WHERE uid = 2", "item-size", 3)]
    [InlineData("UPDATE store_contents SET refs = 5 WHERE id = 1", "content-references", 3)]
    [InlineData("UPDATE store_contents SET unreferenced_since = 5 WHERE id = 1", "content-references", 3)]
    [InlineData("UPDATE store_contents SET place = 1 WHERE id = 1", "content-place", 3)]
    [InlineData("DELETE FROM store_bodies WHERE content_id = 1", "content-damaged", 3)]
    [InlineData("UPDATE store_bodies SET octets = x'00' WHERE content_id = 1", "content-damaged", 3)]
    [InlineData("INSERT INTO store_bodies(content_id, octets) VALUES(99, x'00')", "octets-without-content", 3)]
    [InlineData("UPDATE store_contents SET summary = x'01FFFFFF' WHERE id = 1", "content-summary", 3)]
    [InlineData("UPDATE store_contents SET summary = (SELECT summary FROM store_contents WHERE id = 2) WHERE id = 1", "content-summary", 3)]
    [InlineData("UPDATE store_contents SET hash_key = hash_key + 1 WHERE id = 1", "content-key", 3)]
    [InlineData(
        "UPDATE store_folders SET uid_next = 2, highest_modseq = 1 WHERE path = 'INBOX'; UPDATE store_accounts SET modseq = 1;"
        + "DELETE FROM store_bodies WHERE content_id = 1", "content-damaged", 3)]
    [InlineData(
        "UPDATE store_folders SET uid_next = 2 WHERE path = 'INBOX'; UPDATE store_items SET content_id = 99 WHERE uid = 2", "item-without-content", 3)]
    public async Task What_can_be_mended_is_mended_and_said_and_a_second_look_finds_nothing(string damage, string kind, int items)
    {
        TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendManyAsync(inbox, 3, new NewItem(Flags: ItemFlags.Flagged));
        foreach (string statement in damage.Split(';'))
            await test.Database.WriteAsync(session => session.ExecuteAsync(statement));
        StoreReport first = await test.Store.CheckAsync(mends: true, null);
        StoreReport second = await test.Store.CheckAsync(mends: true, null);
        (Folder after, IReadOnlyList<Item> found) = await test.Store.ReadFolderAsync(inbox.Id);
        foreach (Item item in found)
            Assert.Equal(item.Size, (await test.ReadAsync(item.Id))!.Length);
        Item next = await test.AppendAsync(inbox, TestStore.Message(77));
        await test.AbandonAsync();
        Assert.Contains(first.Problems, problem => problem.Kind == kind && problem.Repair is not null);
        Assert.Equal(0, first.Unmended);
        Assert.Empty(second.Problems);
        Assert.Equal((items, items), (found.Count, after.Exists));
        Assert.All(found, item => Assert.Equal(ItemFlags.Flagged, item.Flags));
        Assert.True(found.All(item => item.Uid < next.Uid && item.Id != next.Id));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_item_whose_large_content_is_lost_stays_as_a_notice_of_what_it_was(bool missing)
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        byte[] octets = TestStore.Message(5, 100_000);
        Item item = await test.AppendAsync(inbox, octets, new NewItem(ItemKind.VoiceMail, ItemFlags.Seen, ["important"]));
        string blob = Assert.Single(test.Blobs());
        if (missing)
            File.Delete(blob);
        else
            await File.WriteAllBytesAsync(blob, TestStore.Message(6, 100_000));
        StoreReport report = await test.Store.CheckAsync(mends: true, null);
        StoreProblem problem = Assert.Single(report.Problems);
        Assert.Equal("content-damaged", problem.Kind);
        // What it was before it was mended.
        Assert.Equal(
            (new ProblemPlace(1, "INBOX") { Uid = item.Uid, Subject = "Message 5", Date = item.InternalDate }, 1L), (Assert.Single(problem.Places), problem.PlaceCount));
        Item notice = Assert.Single((await test.Store.ReadFolderAsync(inbox.Id)).Items);
        Assert.True(notice.Uid > item.Uid);
        Assert.Equal((item.Kind, item.Flags, item.InternalDate), (notice.Kind, notice.Flags, notice.InternalDate));
        Assert.Equal(item.Keywords, notice.Keywords);
        Assert.Contains("Subject: Message 5", System.Text.Encoding.UTF8.GetString((await test.ReadAsync(notice.Id))!));
        string[] kept = System.IO.Directory.Exists(Path.Combine(test.Folder, "lost+found")) ? System.IO.Directory.GetFiles(Path.Combine(test.Folder, "lost+found")) : [];
        Assert.Equal(missing ? 0 : 1, kept.Length);
        // The message comes again, from a backup or its sender: it is stored anew.
        Item again = await test.AppendAsync(inbox, octets);
        Assert.Equal(octets, await test.ReadAsync(again.Id));
    }

    [Fact]
    public async Task What_can_not_be_mended_keeps_nothing_else_from_it()
    {
        TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        Folder other = await test.Store.CreateFolderAsync(1, "Other");
        await test.AppendManyAsync(inbox, 2);
        await test.AppendAsync(other, TestStore.Message(3));
        // The folder has no UID left for a notice.
        await test.Database.WriteAsync(session => session.ExecuteAsync("UPDATE store_folders SET uid_next = 4294967296 WHERE id = @p0", inbox.Id));
        await test.Database.WriteAsync(session => session.ExecuteAsync("DELETE FROM store_bodies WHERE content_id IN (1, 3)"));
        StoreReport report = await test.Store.CheckAsync(mends: true, null);
        Item notice = Assert.Single((await test.Store.ReadFolderAsync(other.Id)).Items);
        byte[]? content = await test.ReadAsync(notice.Id);
        await test.AbandonAsync();
        Assert.Contains("was lost", System.Text.Encoding.UTF8.GetString(content!));
        Assert.Equal([false, true], report.Problems.Where(problem => problem.Kind == "content-damaged").Select(problem => problem.Repair is not null));
        Assert.Contains(report.Notes, note => note.Contains("could not be mended: The folder has used up its UIDs", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Mail_in_the_queue_waits_for_its_lost_content_and_is_sent_no_notice()
    {
        TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder queue = await test.InboxAsync(long.MaxValue);
        Item item = await test.AppendAsync(queue, TestStore.Message(1, 100_000));
        File.Delete(Assert.Single(test.Blobs()));
        StoreReport report = await test.Store.CheckAsync(mends: true, null);
        Item left = Assert.Single((await test.Store.ReadFolderAsync(queue.Id)).Items);
        // The same message comes again, from a backup or its sender, and with it the content.
        await test.AppendAsync(queue, TestStore.Message(1, 100_000));
        byte[]? content = await test.ReadAsync(item.Id);
        StoreReport after = await test.Store.CheckAsync();
        await test.AbandonAsync();
        Assert.Null(Assert.Single(report.Problems).Repair);
        Assert.Equal((item.Id, item.Uid), (left.Id, left.Uid));
        Assert.Equal(TestStore.Message(1, 100_000), content);
        Assert.Empty(after.Problems);
    }

    [Fact]
    public async Task What_a_reader_saw_of_a_lost_item_and_what_the_mailbox_holds_go_with_it()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        Item item = await test.AppendAsync(inbox, TestStore.Message(1, 100_000));
        foreach (string seen in (string[])["INSERT INTO store_readers VALUES(@p0, 2, 0, 1, 0)", "INSERT INTO store_reader_items VALUES(@p0, 2, 1, 1, 0)"])
            await test.Database.WriteAsync(session => session.ExecuteAsync(seen, inbox.Id));
        File.Delete(Assert.Single(test.Blobs()));
        StoreReport report = await test.Store.CheckAsync(mends: true, null);
        Assert.Equal("content-damaged", Assert.Single(report.Problems).Kind);
        Item notice = Assert.Single((await test.Store.ReadFolderAsync(inbox.Id)).Items);
        Assert.Equal((notice.Id, item.ThreadId), (notice.EmailId, notice.ThreadId));
        Quota quota = await test.Store.ReadQuotaAsync(1);
        Assert.Equal((1, notice.Size), (quota.Items, quota.Size));
        // The check at the end finds gaps, sums and readers as they should be.
    }

    [Fact]
    public async Task Without_being_asked_to_a_check_mends_nothing()
    {
        TestStore test = await TestStore.OpenAsync(engine: engine);
        await test.AppendManyAsync(await test.InboxAsync(), 2);
        await test.Database.WriteAsync(session => session.ExecuteAsync("UPDATE store_contents SET refs = 5 WHERE id = 1"));
        StoreReport first = await test.Store.CheckAsync();
        StoreReport second = await test.Store.CheckAsync();
        await test.AbandonAsync();
        Assert.Equal(first.Problems.Select(problem => problem.ToString()), second.Problems.Select(problem => problem.ToString()));
        Assert.Null(Assert.Single(first.Problems).Repair);
        Assert.Equal(1, first.Unmended);
    }

    [Fact]
    public async Task A_check_beside_writers_finds_nothing_wrong()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendManyAsync(inbox, 20);
        using var stop = new CancellationTokenSource();
        Task writing = Task.Run(async () =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                Item item = await test.AppendAsync(inbox, TestStore.Message(100 + (i % 50)));
                await test.Store.ChangeFlagsAsync(inbox.Id, [item.Uid], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
                await test.Store.ExpungeAsync(inbox.Id);
            }
        });
        for (int i = 0; i < 5; i++)
            Assert.Empty((await test.Store.CheckAsync()).Problems);
        await stop.CancelAsync();
        await writing;
    }
}

public sealed class SqliteRepairTests() : RepairTests(Engine.Sqlite);

public sealed class PostgreSqlRepairTests() : RepairTests(Engine.PostgreSql);
