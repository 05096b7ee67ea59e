using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

public abstract class ExpungeTests(Engine engine)
{
    [Fact]
    public async Task Only_deleted_items_go()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        List<Item> items = await test.AppendManyAsync(inbox, 6);
        await test.Store.ChangeFlagsAsync(inbox.Id, [2, 3, 5], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        Assert.Equal([2u, 5u], await test.Store.ExpungeAsync(inbox.Id, [1, 2, 4, 5, 77]));
        Assert.Equal([3u], await test.Store.ExpungeAsync(inbox.Id));
        Assert.Empty(await test.Store.ExpungeAsync(inbox.Id));
        (Folder folder, IReadOnlyList<Item> left) = await test.Store.ReadFolderAsync(inbox.Id);
        Assert.Equal([1u, 4u, 6u], left.Select(item => item.Uid));
        Assert.Equal((3, 3, 0), (folder.Exists, folder.Unseen, folder.Deleted));
        Assert.Null(await test.ReadAsync(items[1].Id));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(200_000)]
    public async Task Content_goes_after_the_grace_time_unless_somebody_still_has_it(int size)
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendAsync(inbox, TestStore.Message(1, size), new NewItem(Flags: ItemFlags.Deleted));
        await test.AppendAsync(inbox, TestStore.Message(2, size), new NewItem(Flags: ItemFlags.Deleted));
        Item kept = await test.AppendAsync(inbox, TestStore.Message(2, size));
        await test.Store.ExpungeAsync(inbox.Id);
        await test.Store.MaintainAsync();
        Assert.Equal(2, await ContentsAsync(test));
        test.Time.Advance(TimeSpan.FromHours(2));
        await test.Store.MaintainAsync();
        Assert.Equal(1, await ContentsAsync(test));
        Assert.Equal(size > 65_536 ? 1 : 0, test.Blobs().Length);
        Assert.Equal(TestStore.Message(2, size), await test.ReadAsync(kept.Id));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(200_000)]
    public async Task Content_staged_again_in_time_lives_on(int size)
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendAsync(inbox, TestStore.Message(1, size), new NewItem(Flags: ItemFlags.Deleted));
        await test.Store.ExpungeAsync(inbox.Id);
        test.Time.Advance(TimeSpan.FromHours(2));
        await using StagedContent staged = await test.Store.StageAsync(new MemoryStream(TestStore.Message(1, size)), TestStore.MaxSize);
        await test.Store.MaintainAsync();
        Item item = await test.Store.AppendAsync(inbox.Id, staged, new NewItem());
        await test.Store.MaintainAsync();
        Assert.Equal(TestStore.Message(1, size), await test.ReadAsync(item.Id));
    }

    [Fact]
    public async Task A_file_that_was_never_appended_is_collected()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        Item kept = await test.AppendAsync(inbox, TestStore.Message(1, 100_000));
        StagedContent staged = await test.Store.StageAsync(new MemoryStream(TestStore.Message(2, 100_000)), TestStore.MaxSize);
        test.Time.Advance(TimeSpan.FromHours(2));
        await test.Store.MaintainAsync();
        Assert.Equal(2, test.Blobs().Length);
        await staged.DisposeAsync();
        await test.Store.MaintainAsync();
        Assert.Single(test.Blobs());
        Assert.NotNull(await test.ReadAsync(kept.Id));
    }

    [Fact]
    public async Task An_open_stream_outlives_its_content()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        Item item = await test.AppendAsync(inbox, TestStore.Message(1, 300_000), new NewItem(Flags: ItemFlags.Deleted));
        await using Stream stream = (await test.Store.OpenContentAsync(item.Id))!;
        await test.Store.ExpungeAsync(inbox.Id);
        test.Time.Advance(TimeSpan.FromHours(2));
        await test.Store.MaintainAsync();
        Assert.Empty(test.Blobs());
        stream.Position = 299_999;
        Assert.Equal((int)'b', stream.ReadByte());
    }

    [Fact]
    public async Task Staging_while_the_collector_runs_never_loses_content()
    {
        await using TestStore test = await TestStore.OpenAsync(new StoreOptions { BlobFolder = "", GraceTime = TimeSpan.FromSeconds(-10) }, engine: engine);
        Folder inbox = await test.InboxAsync();
        using var stop = new CancellationTokenSource();
        Task collecting = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await test.Store.MaintainAsync();
        });
        for (int i = 0; i < 150; i++)
        {
            Item item = await test.AppendAsync(inbox, TestStore.Message(i % 2, 70_000), new NewItem(Flags: ItemFlags.Deleted));
            Assert.Equal(TestStore.Message(i % 2, 70_000), await test.ReadAsync(item.Id));
            if (i % 3 != 0)
                await test.Store.ExpungeAsync(inbox.Id);
        }
        await stop.CancelAsync();
        await collecting;
    }

    private static ValueTask<long?> ContentsAsync(TestStore test) =>
        test.Database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM store_contents"));
}

public sealed class SqliteExpungeTests() : ExpungeTests(Engine.Sqlite);

public sealed class PostgreSqlExpungeTests() : ExpungeTests(Engine.PostgreSql);
