namespace UnifiedMsg.Store.Tests.Contents;

/// <summary>Reserve, link and collect, several at once and with crashes between.</summary>
public sealed class CollectionTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromHours(1);

    [Fact]
    public async Task Many_stage_append_and_expunge_the_same_contents_while_the_collector_runs()
    {
        await using TestStore test = await TestStore.OpenAsync(new StoreOptions { BlobFolder = "", GraceTime = TimeSpan.FromSeconds(-10) });
        using var stop = new CancellationTokenSource();
        Task collecting = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await test.Store.MaintainAsync();
        });
        await Task.WhenAll(Enumerable.Range(1, 4).Select(client => Task.Run(() => ChurnAsync(test, client))));
        await stop.CancelAsync();
        await collecting;
        // What nobody has is gone, and what somebody has is there.
        await test.Store.MaintainAsync();
        Assert.Equal(
            await test.Database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM store_contents WHERE place = 1")), test.Blobs().Length);
        Assert.Equal(0, await test.Database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM store_contents WHERE refs = 0")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_crash_between_the_name_and_the_commit_leaves_a_file_that_is_collected(bool comesAgain)
    {
        await using TestStore test = await TestStore.OpenAsync(new StoreOptions { BlobFolder = "", GraceTime = Grace });
        Folder inbox = await test.InboxAsync();
        byte[] content = TestStore.Message(1, 100_000);
        // Staged, so its file has its name, and never appended nor released: the process is gone.
        await test.Store.StageAsync(new MemoryStream(content), TestStore.MaxSize);
        Assert.Single(test.Blobs());
        await test.RestartAsync();
        await test.Store.MaintainAsync();
        Assert.Single(test.Blobs());
        Item? item = comesAgain ? await test.AppendAsync(inbox, content) : null;
        test.Time.Advance(Grace * 2);
        await test.Store.MaintainAsync();
        Assert.Equal(comesAgain ? 1 : 0, test.Blobs().Length);
        if (item is not null)
            Assert.Equal(content, await test.ReadAsync(item.Id));
    }

    [Fact]
    public async Task What_a_crash_left_half_written_goes_at_the_start()
    {
        await using TestStore test = await TestStore.OpenAsync();
        string old = Path.Combine(test.Options.BlobFolder, "tmp", "half"), young = Path.Combine(test.Options.BlobFolder, "tmp", "under way");
        await File.WriteAllTextAsync(old, "half of it");
        await File.WriteAllTextAsync(young, "another server may be writing it");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-2));
        await test.RestartAsync();
        Assert.Equal([young], test.Blobs());
    }

    [Fact]
    public async Task A_content_that_fails_halfway_leaves_nothing()
    {
        await using TestStore test = await TestStore.OpenAsync();
        await Assert.ThrowsAsync<IOException>(() => test.Store.StageAsync(new BrokenStream(150_000), TestStore.MaxSize));
        await Assert.ThrowsAsync<StoreException>(() => test.Store.StageAsync(new MemoryStream(new byte[200_000]), 150_000));
        Assert.Empty(test.Blobs());
    }

    [Fact]
    public async Task Staging_again_mends_a_damaged_file()
    {
        await using TestStore test = await TestStore.OpenAsync();
        Folder inbox = await test.InboxAsync();
        byte[] content = TestStore.Message(1, 100_000);
        Item item = await test.AppendAsync(inbox, content);
        string blob = Assert.Single(test.Blobs());
        await File.WriteAllTextAsync(blob, "damaged");
        await Assert.ThrowsAsync<UnifiedMsg.Store.Contents.DamagedContentException>(() => test.ReadAsync(item.Id));
        await test.AppendAsync(inbox, content);
        Assert.Equal(content, await test.ReadAsync(item.Id));
    }

    private static async Task ChurnAsync(TestStore test, int client)
    {
        await test.Store.ProvisionAsync(client);
        Folder inbox = (await test.Store.FindFolderAsync(client, "INBOX"))!;
        for (int i = 0; i < 30; i++)
        {
            byte[] content = TestStore.Message(i % 3, i % 2 == 0 ? 70_000 : 3_000);
            Item item = await test.AppendAsync(inbox, content, new NewItem(Flags: ItemFlags.Deleted));
            Assert.Equal(content, await test.ReadAsync(item.Id));
            if (i % 4 != 0)
                await test.Store.ExpungeAsync(inbox.Id);
        }
    }

    private sealed class BrokenStream(int octets) : MemoryStream(new byte[octets])
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await base.ReadAsync(buffer, cancellationToken) is int read and > 0 ? read : throw new IOException("The line broke.");
    }
}
