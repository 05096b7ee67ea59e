using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

public abstract class AppendTests(Engine engine)
{
    [Fact]
    public async Task An_item_is_read_as_it_was_appended()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        byte[] content = TestStore.Message(1);
        var date = new DateTimeOffset(2024, 5, 6, 7, 8, 9, TimeSpan.FromHours(2));
        Item item = await test.AppendAsync(
            inbox, content, new NewItem(ItemKind.VoiceMail, ItemFlags.Flagged, ["$Work", "$work", "b"], date));

        await test.RestartAsync();
        (Folder folder, IReadOnlyList<Item> items) = await test.Store.ReadFolderAsync(inbox.Id);
        Item read = Assert.Single(items);
        Assert.Equal(item with { Keywords = read.Keywords }, read);
        Assert.Equal(["$Work", "b"], read.Keywords);
        Assert.Equal((1u, ItemKind.VoiceMail, ItemFlags.Flagged, date, (long)content.Length), (read.Uid, read.Kind, read.Flags, read.InternalDate, read.Size));
        Assert.Equal((1, 1, 0, 2u, (long)content.Length), (folder.Exists, folder.Unseen, folder.Deleted, folder.UidNext, folder.Size));
        Assert.Equal(read.ModSeq, folder.HighestModSeq);
        Assert.Equal(content, await test.ReadAsync(item.Id));
        Assert.Equal("Message 1", (await test.Store.ReadSummariesAsync([item.Id, item.Id + 1]))[item.Id].Envelope.Subject);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(1_000_000)]
    public async Task Content_of_any_size_comes_back(int size)
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        byte[] content = size < 200 ? new byte[size] : TestStore.Message(1, size);
        Item item = await test.AppendAsync(inbox, content);
        await test.RestartAsync();
        Assert.Equal(content, await test.ReadAsync(item.Id));
        Assert.Equal(size > 65_536 ? 1 : 0, test.Blobs().Length);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(100_000)]
    public async Task Content_past_the_limit_is_refused_and_leaves_nothing(int limit)
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        StoreException refusal = await Assert.ThrowsAsync<StoreException>(
            () => test.Store.StageAsync(new MemoryStream(new byte[limit + 1]), limit));
        Assert.Equal(StoreError.TooLarge, refusal.Error);
        await using (await test.Store.StageAsync(new MemoryStream(new byte[1000]), 1000)) { }
        Assert.Empty(test.Blobs());
    }

    [Theory]
    [InlineData(500)]
    [InlineData(200_000)]
    public async Task Recipients_share_one_content(int size)
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder alice = await test.InboxAsync(1);
        Folder bob = await test.InboxAsync(2);
        byte[] content = TestStore.Message(1, size);
        await using StagedContent staged = await test.Store.StageAsync(new MemoryStream(content), TestStore.MaxSize);
        (Item first, Item second) = await test.Database.WriteAsync(async session =>
            (await test.Store.AppendAsync(session, alice.Id, staged, new NewItem()),
                await test.Store.AppendAsync(session, bob.Id, staged, new NewItem(ItemKind.VoiceMail))));
        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal(content, await test.ReadAsync(first.Id));
        Assert.Equal(content, await test.ReadAsync(second.Id));
        Assert.Equal(1, await test.Database.ReadAsync(s => s.QueryLongAsync("SELECT count(*) FROM store_contents")));
        Assert.Equal(size > 65_536 ? 1 : 0, test.Blobs().Length);
    }

    [Fact]
    public async Task A_unit_that_fails_leaves_nothing_of_its_appends()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        int notices = 0;
        using IDisposable subscription = test.Store.Subscribe(1, _ => notices++);
        await using StagedContent staged = await test.Store.StageAsync(new MemoryStream(TestStore.Message(1)), TestStore.MaxSize);
        StoreException refusal = await Assert.ThrowsAsync<StoreException>(() => test.Database.WriteAsync(async session =>
        {
            await test.Store.AppendAsync(session, inbox.Id, staged, new NewItem());
            return await test.Store.AppendAsync(session, inbox.Id + 1000, staged, new NewItem());
        }));
        Assert.Equal(StoreError.NoSuchFolder, refusal.Error);
        Assert.Equal(0, (await test.Store.FindFolderAsync(inbox.Id))!.Exists);
        Assert.Equal(0, notices);
        Assert.Equal(1u, (await test.Store.AppendAsync(inbox.Id, staged, new NewItem())).Uid);
    }

    [Fact]
    public async Task Ids_and_uids_are_never_used_again()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        Item last = (await test.AppendManyAsync(inbox, 3, new NewItem(Flags: ItemFlags.Deleted)))[^1];
        Assert.Equal([1, 2, 3], await test.Store.ExpungeAsync(inbox.Id));
        await test.RestartAsync();
        Item next = await test.AppendAsync(inbox, TestStore.Message(9));
        Assert.Equal(4u, next.Uid);
        Assert.True(next.Id > last.Id);
        Assert.True(next.ModSeq > last.ModSeq);
    }

    [Fact]
    public async Task Many_clients_get_ascending_uids_in_commit_order()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        var noticed = new List<long>();
        using IDisposable subscription = test.Store.Subscribe(1, notice => noticed.Add(notice.ModSeq));
        await Task.WhenAll(Enumerable.Range(0, 16).Select(client => Task.Run(async () =>
        {
            uint last = 0;
            for (int i = 0; i < 25; i++)
            {
                Item item = await test.AppendAsync(inbox, TestStore.Message((client * 100) + i));
                Assert.True(item.Uid > last);
                last = item.Uid;
            }
        })));
        (Folder folder, IReadOnlyList<Item> items) = await test.Store.ReadFolderAsync(inbox.Id);
        Assert.Equal(400, folder.Exists);
        Assert.Equal(Enumerable.Range(1, 400).Select(n => (uint)n), items.Select(item => item.Uid));
        // Units that commit at nearly the same time may be acknowledged in another order.
        Assert.Equal(items.Select(item => item.ModSeq), engine == Engine.Sqlite ? noticed : noticed.Order());
        Assert.Equal(400, items.Select(item => item.Id).Distinct().Count());
    }

    [Fact]
    public async Task Released_content_can_not_be_appended()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        StagedContent staged = await test.Store.StageAsync(new MemoryStream(TestStore.Message(1)), TestStore.MaxSize);
        await staged.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => test.Store.AppendAsync(inbox.Id, staged, new NewItem()));
    }

    [Fact]
    public async Task Too_many_keywords_are_refused()
    {
        await using TestStore test = await TestStore.OpenAsync(new StoreOptions { BlobFolder = "", MaxKeywords = 2 }, engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendAsync(inbox, TestStore.Message(1), new NewItem(Keywords: ["a", "b"]));
        StoreException refusal = await Assert.ThrowsAsync<StoreException>(
            () => test.Store.ChangeFlagsAsync(inbox.Id, [1], new FlagChange(FlagMode.Add, ItemFlags.None, ["c"])));
        Assert.Equal(StoreError.LimitReached, refusal.Error);
    }
}

public sealed class SqliteAppendTests() : AppendTests(Engine.Sqlite);

public sealed class PostgreSqlAppendTests() : AppendTests(Engine.PostgreSql);
