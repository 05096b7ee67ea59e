using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Store.Tests.Contents;

public sealed class RekeyTests
{
    [Fact]
    public async Task A_store_becomes_encrypted_and_gets_another_key()
    {
        await using TestStore test = await TestStore.OpenAsync();
        Folder inbox = await test.InboxAsync();
        byte[][] contents = [EncryptionTests.Message(500), EncryptionTests.Message(20_000), EncryptionTests.Message(300_000), TestStore.Message(4, 80_000)];
        var items = new List<Item>();
        foreach (byte[] content in contents)
            items.Add(await test.AppendAsync(inbox, content));

        await test.RestartAsync(TestKeys.Of("k1"));
        await AssertReadAsync(test, items, contents);
        RekeyReport report = await RekeyAsync(test);
        Assert.Equal((4, 0, 0, 0), (report.Rewritten, report.Problems.Count, report.Used.Count, report.Unused.Count));
        await AssertReadAsync(test, items, contents);
        Assert.Equal(2, test.Blobs().Length);
        Assert.DoesNotContain(test.Blobs(), blob => File.ReadAllText(blob).Contains("the-secret", StringComparison.Ordinal));
        // They share what is there under the new name.
        Assert.Equal(contents[2], await test.ReadAsync((await test.AppendAsync(inbox, contents[2])).Id));
        Assert.Equal(4, await CountAsync(test, "SELECT count(*) FROM store_contents"));

        await test.RestartAsync(TestKeys.Of("k2", "k1"));
        await AssertReadAsync(test, items, contents);
        report = await RekeyAsync(test);
        Assert.Equal((4, "k1"), (report.Rewritten, Assert.Single(report.Unused)));
        Assert.Equal(0, (await RekeyAsync(test)).Rewritten);

        await test.RestartAsync(TestKeys.Of("k2"));
        await AssertReadAsync(test, items, contents);
        Assert.Equal(contents[1], await test.ReadAsync((await test.AppendAsync(inbox, contents[1])).Id));
        Assert.Equal(4, await CountAsync(test, "SELECT count(*) FROM store_contents"));
    }

    [Fact]
    public async Task What_was_broken_off_goes_on_where_it_was()
    {
        await using TestStore test = await TestStore.OpenAsync();
        Folder inbox = await test.InboxAsync();
        var staged = new List<StagedContent>();
        for (int i = 0; i < 2500; i++)
            staged.Add(await test.Store.StageAsync(new MemoryStream(TestStore.Message(i)), TestStore.MaxSize));
        await test.Database.WriteAsync(async session =>
        {
            foreach (StagedContent content in staged)
                await test.Store.AppendAsync(session, inbox.Id, content, new NewItem());
            return 0;
        });
        await test.RestartAsync(TestKeys.Of("k1"));
        RekeyReport first = await test.Store.RekeyAsync();
        Assert.Equal((false, 2000, 2000, 2500), (first.IsFinished, first.Rewritten, first.Position, first.End));
        await test.RestartAsync(TestKeys.Of("k1"));
        RekeyReport second = await test.Store.RekeyAsync();
        Assert.Equal((true, 500, 2500), (second.IsFinished, second.Rewritten, second.Position));
        Assert.Equal(0, await CountAsync(test, "SELECT count(*) FROM store_contents WHERE key_number <> 1"));
        Assert.Equal(0, await CountAsync(test, "SELECT count(*) FROM store_counters WHERE name LIKE 'rekey%'"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("k1")]
    public async Task A_crash_between_the_file_and_its_row_loses_nothing(string? before)
    {
        await using TestStore test = await TestStore.OpenAsync(new StoreOptions { BlobFolder = "", Keys = before is null ? null : TestKeys.Of(before) });
        Folder inbox = await test.InboxAsync();
        byte[] content = EncryptionTests.Message(200_000);
        Item item = await test.AppendAsync(inbox, content);
        ContentKeys keys = before is null ? TestKeys.Of("k2") : TestKeys.Of("k2", before);
        var database = new RefusingDatabase(test.Database);
        await using (ItemStore store = await ItemStore.OpenAsync(database, test.Options with { Keys = keys }, NullLoggerFactory.Instance, test.Time))
        {
            database.Refuses = true;
            await Assert.ThrowsAsync<DatabaseException>(() => store.RekeyAsync());
        }
        await test.RestartAsync(keys);
        Assert.Equal(content, await test.ReadAsync(item.Id));
        Assert.Equal(1, (await RekeyAsync(test)).Rewritten);
        Assert.Equal(content, await test.ReadAsync(item.Id));
        Assert.Single(test.Blobs());
        await test.RestartAsync(TestKeys.Of("k2"));
        Assert.Equal(content, await test.ReadAsync(item.Id));
    }

    [Fact]
    public async Task What_is_damaged_stays_under_its_key_and_is_told()
    {
        TestStore test = await TestStore.OpenAsync(new StoreOptions { BlobFolder = "", Keys = TestKeys.Of("k1") });
        Folder inbox = await test.InboxAsync();
        Item lost = await test.AppendAsync(inbox, TestStore.Message(1, 100_000));
        File.Delete(Assert.Single(test.Blobs()));
        Item damaged = await test.AppendAsync(inbox, TestStore.Message(2, 100_000));
        string blob = Assert.Single(test.Blobs());
        byte[] octets = await File.ReadAllBytesAsync(blob);
        octets[200] ^= 1;
        await File.WriteAllBytesAsync(blob, octets);
        Item good = await test.AppendAsync(inbox, TestStore.Message(3, 100_000));
        await test.RestartAsync(TestKeys.Of("k2", "k1"));
        RekeyReport report = await RekeyAsync(test);
        Assert.Equal((1, 2, 2), (report.Rewritten, report.Problems.Count, report.Used["k1"]));
        Assert.Empty(report.Unused);
        Assert.Equal(octets, await File.ReadAllBytesAsync(blob));
        Assert.Equal(TestStore.Message(3, 100_000), await test.ReadAsync(good.Id));
        Assert.NotEqual(lost.Id, damaged.Id);
        await test.AbandonAsync();
    }

    [Fact]
    public async Task Messages_come_and_go_meanwhile()
    {
        await using TestStore test = await TestStore.OpenAsync(new StoreOptions { BlobFolder = "", GraceTime = TimeSpan.FromSeconds(-10) });
        Folder inbox = await test.InboxAsync();
        for (int i = 0; i < 30; i++)
            await test.AppendAsync(inbox, TestStore.Message(i, i % 3 == 0 ? 70_000 : 2_000), new NewItem(Flags: i % 4 == 0 ? ItemFlags.Deleted : ItemFlags.None));
        await test.RestartAsync(TestKeys.Of("k1"));
        Task<RekeyReport> rekey = Task.Run(() => RekeyAsync(test));
        for (int i = 0; i < 30; i++)
        {
            Item item = await test.AppendAsync(inbox, TestStore.Message(i, i % 3 == 0 ? 70_000 : 2_000));
            Assert.Equal(TestStore.Message(i, i % 3 == 0 ? 70_000 : 2_000), await test.ReadAsync(item.Id));
            if (i % 5 == 0)
                await test.Store.ExpungeAsync(inbox.Id);
            await test.Store.MaintainAsync();
        }
        Assert.Empty((await rekey).Problems);
        (_, IReadOnlyList<Item> items) = await test.Store.ReadFolderAsync(inbox.Id);
        foreach (Item item in items)
            Assert.NotNull(await test.ReadAsync(item.Id));
        Assert.Equal(0, await CountAsync(test, "SELECT count(*) FROM store_contents WHERE key_number = 0"));
    }

    [Fact]
    public async Task Without_keys_it_says_so()
    {
        await using TestStore test = await TestStore.OpenAsync();
        Assert.Contains("store.encryption", (await Assert.ThrowsAsync<ContentKeyException>(() => test.Store.RekeyAsync())).Message);
    }

    private static async Task<RekeyReport> RekeyAsync(TestStore test)
    {
        while (true)
        {
            RekeyReport report = await test.Store.RekeyAsync();
            if (report.IsFinished)
                return report;
        }
    }

    private static async Task AssertReadAsync(TestStore test, List<Item> items, byte[][] contents)
    {
        Assert.Empty((await test.Store.CheckAsync()).Problems);
        Assert.Equal(items.Count, (await test.Store.ReadSummariesAsync([.. items.Select(item => item.Id)])).Count);
        for (int i = 0; i < items.Count; i++)
            Assert.Equal(contents[i], await test.ReadAsync(items[i].Id));
    }

    private static ValueTask<long?> CountAsync(TestStore test, string sql) => test.Database.ReadAsync(session => session.QueryLongAsync(sql));

    /// <summary>A database that is about to be cut off from its disk.</summary>
    private sealed class RefusingDatabase(IDatabase inner) : IDatabase
    {
        public bool Refuses { get; set; }

        public Task<T> WriteAsync<T>(Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken = default) =>
            Refuses ? throw new DatabaseException("refused") : inner.WriteAsync(unit, cancellationToken);

        public Task<T> WriteLargeAsync<T>(Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken = default) =>
            WriteAsync(unit, cancellationToken);

        public ValueTask<T> ReadAsync<T>(Func<IReadSession, ValueTask<T>> query, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(query, cancellationToken);

        public IDisposable Listen(string topic, Func<string?, ValueTask> onNotice) => inner.Listen(topic, onNotice);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
