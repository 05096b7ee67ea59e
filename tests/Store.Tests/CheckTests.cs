using UnifiedMsg.Mime;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Maintenance;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

public abstract class CheckTests(Engine engine)
{
    [Theory]
    [InlineData("UPDATE store_folders SET item_count = item_count + 1 WHERE path = 'INBOX'", "its counters say")]
    [InlineData("UPDATE store_folders SET unseen_count = 0 WHERE path = 'INBOX'", "its counters say")]
    [InlineData("UPDATE store_folders SET uid_next = 2 WHERE path = 'INBOX'", "next UID")]
    [InlineData("UPDATE store_folders SET tombstone_count = 9 WHERE path = 'INBOX'", "gone UIDs")]
    [InlineData("UPDATE store_accounts SET modseq = 1", "above that of account")]
    [InlineData("UPDATE store_accounts SET size = size - 1", "its sums say")]
    [InlineData("UPDATE store_items SET folder_id = 99 WHERE uid = 2", "does not exist")]
    [InlineData("INSERT INTO store_tombstones SELECT folder_id, modseq, uid FROM store_items WHERE uid = 2", "also said to be gone")]
    [InlineData("UPDATE store_counters SET value = 1", "not given out")]
    [InlineData("UPDATE store_items SET content_id = 99 WHERE uid = 2", "its content 99")]
    [InlineData("UPDATE store_contents SET refs = 5 WHERE id = 1", "counts 5 references")]
    [InlineData("DELETE FROM store_bodies WHERE content_id = 1", "are missing")]
    [InlineData("UPDATE store_bodies SET octets = x'00' WHERE content_id = 1", "not what was written")]
    [InlineData("INSERT INTO store_bodies(content_id, octets) VALUES(99, x'00')", "no content refers to them")]
    [InlineData("UPDATE store_contents SET summary = x'01FFFFFF' WHERE id = 1", "summary can't be read")]
    [InlineData("UPDATE store_contents SET summary = (SELECT summary FROM store_contents WHERE id = 2) WHERE id = 1", "summary is not that of its octets")]
    [InlineData("UPDATE store_contents SET hash_key = hash_key + 1 WHERE id = 1", "can't be found by its name")]
    public async Task What_is_wrong_is_found(string damage, string finding)
    {
        TestStore test = await TestStore.OpenAsync(engine: engine);
        await test.AppendManyAsync(await test.InboxAsync(), 3);
        Assert.Empty((await test.Store.CheckAsync()).Problems);
        await test.Database.WriteAsync(session => session.ExecuteAsync(damage));
        StoreReport report = await test.Store.CheckAsync();
        await test.AbandonAsync();
        Assert.Contains(report.Problems, problem => problem.Text.Contains(finding, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("missing", "its file is missing")]
    [InlineData("shorter", "the end of its file")]
    [InlineData("other", "has not the form")]
    public async Task A_damaged_blob_is_found_and_reading_it_says_so(string damage, string finding)
    {
        TestStore test = await TestStore.OpenAsync(engine: engine);
        Item item = await test.AppendAsync(await test.InboxAsync(), TestStore.Message(1, 100_000));
        string blob = Assert.Single(test.Blobs());
        if (damage == "missing")
            File.Delete(blob);
        else if (damage == "shorter")
            await File.WriteAllBytesAsync(blob, (await File.ReadAllBytesAsync(blob))[..^1]);
        else
            await File.WriteAllBytesAsync(blob, TestStore.Message(2, 100_000));
        StoreReport report = await test.Store.CheckAsync();
        if (damage == "missing")
            await Assert.ThrowsAsync<MissingContentException>(() => test.ReadAsync(item.Id));
        await test.AbandonAsync();
        Assert.Contains(finding, Assert.Single(report.Problems).Text);
    }

    [Fact]
    public async Task Where_people_meet_a_problem_is_said()
    {
        TestStore test = await TestStore.OpenAsync(new StoreOptions { BlobFolder = "", DeletedItemRetention = TimeSpan.FromDays(1) }, engine: engine);
        Folder inbox = await test.InboxAsync();
        Folder bobs = await test.InboxAsync(2);
        Item first = await test.AppendAsync(inbox, TestStore.Message(1));
        for (int i = 0; i < 6; i++)
            await test.AppendAsync(bobs, TestStore.Message(1));
        await test.Store.ChangeFlagsAsync(bobs.Id, [1], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        await test.Store.ExpungeAsync(bobs.Id);
        Item second = await test.AppendAsync(inbox, TestStore.Message(2));
        await test.Store.ChangeFlagsAsync(inbox.Id, [second.Uid], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        await test.Store.ExpungeAsync(inbox.Id);
        await test.Database.WriteAsync(session => session.ExecuteAsync("DELETE FROM store_bodies"));
        await test.Database.WriteAsync(session => session.ExecuteAsync("UPDATE store_folders SET unseen_count = 9 WHERE id = @p0", bobs.Id));
        await test.Database.WriteAsync(session => session.ExecuteAsync("UPDATE store_accounts SET size = 9 WHERE account_id = 2"));
        StoreReport report = await test.Store.CheckAsync();
        await test.AbandonAsync();
        Assert.Equal(["content-damaged", "content-damaged", "folder-counters", "account-sums"], report.Problems.Select(problem => problem.Kind));
        Assert.All(report.Problems, problem => Assert.True(problem.CanMend));
        Assert.Equal([7, 1, 1, 1], report.Problems.Select(problem => problem.PlaceCount));
        Assert.Equal(5, report.Problems[0].Places.Count);
        Assert.Equal(new ProblemPlace(1, "INBOX") { Uid = 1, Subject = "Message 1", Date = first.InternalDate }, report.Problems[0].Places[0]);
        Assert.Equal((2, "INBOX", 2), (report.Problems[0].Places[1].AccountId, report.Problems[0].Places[1].Folder, report.Problems[0].Places[1].Uid));
        Assert.Equal([new ProblemPlace(1, "INBOX") { Subject = "Message 2", Date = second.InternalDate, IsDeleted = true }], report.Problems[1].Places);
        Assert.Equal([new ProblemPlace(2, "INBOX")], report.Problems[2].Places);
        Assert.Equal([new ProblemPlace(2)], report.Problems[3].Places);
    }

    [Theory, InlineData(500), InlineData(100_000)]
    public async Task A_damaged_summary_costs_nothing_where_the_content_is_sound(int size)
    {
        TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        Item damaged = await test.AppendAsync(inbox, TestStore.Message(7, size));
        Item sound = await test.AppendAsync(inbox, TestStore.Message(8));
        IReadOnlyDictionary<long, MessageSummary> before = await test.Store.ReadSummariesAsync([damaged.Id, sound.Id]);
        await test.Database.WriteAsync(session => session.ExecuteAsync("UPDATE store_contents SET summary = x'01FFFFFF' WHERE id = 1"));
        IReadOnlyDictionary<long, MessageSummary> after = await test.Store.ReadSummariesAsync([damaged.Id, sound.Id]);
        await test.AbandonAsync();
        foreach (Item item in (Item[])[damaged, sound])
            Assert.Equal(MessageSummaryCodec.Encode(before[item.Id]), MessageSummaryCodec.Encode(after[item.Id]));
    }

    [Fact]
    public async Task A_preview_that_an_older_program_made_is_no_fault()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Item item = await test.AppendAsync(await test.InboxAsync(), TestStore.Message(1));
        MessageSummary made = (await test.Store.ReadSummariesAsync([item.Id]))[item.Id];
        await test.Database.WriteAsync(session => session.ExecuteAsync(
            "UPDATE store_contents SET summary = @p0 WHERE id = 1", MessageSummaryCodec.Encode(made with { Preview = "other words" })));
        Assert.Empty((await test.Store.CheckAsync()).Problems);
        Assert.Equal("other words", (await test.Store.ReadSummariesAsync([item.Id]))[item.Id].Preview);
    }

    [Fact]
    public async Task A_damaged_summary_of_a_lost_content_costs_only_that_item()
    {
        TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        List<Item> items = await test.AppendManyAsync(inbox, 3);
        await test.Database.WriteAsync(session => session.ExecuteAsync("UPDATE store_contents SET summary = x'01FFFFFF' WHERE id = 2"));
        await test.Database.WriteAsync(session => session.ExecuteAsync("DELETE FROM store_bodies WHERE content_id = 2"));
        IReadOnlyDictionary<long, MessageSummary> found = await test.Store.ReadSummariesAsync([.. items.Select(item => item.Id)]);
        await test.AbandonAsync();
        Assert.Equal([items[0].Id, items[2].Id], found.Keys.Order());
    }

    [Fact]
    public async Task A_sound_store_is_counted()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendManyAsync(inbox, 3);
        await test.Store.CopyAsync(inbox.Id, [1, 2], inbox.Id);
        await test.AppendAsync(inbox, TestStore.Message(1, 100_000));
        StoreReport report = await test.Store.CheckAsync();
        Assert.Equal((6, 6, 4), (report.Folders, report.Items, report.Contents));
    }
}

public sealed class SqliteCheckTests() : CheckTests(Engine.Sqlite);

public sealed class PostgreSqlCheckTests() : CheckTests(Engine.PostgreSql);
