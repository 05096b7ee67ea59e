using System.Collections.Concurrent;
using System.Threading.Channels;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

/// <summary>Two servers on one PostgreSQL database and one folder of blobs.</summary>
public sealed class NodeTests : IAsyncLifetime
{
    private const int ClientsPerNode = 4;
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(3);

    private TestStore _first = null!;
    private TestStore _second = null!;

    public async ValueTask InitializeAsync()
    {
        // A negative grace time lets the collectors take at once what nobody refers to.
        _first = await TestStore.OpenAsync(new StoreOptions { BlobFolder = "", GraceTime = TimeSpan.FromSeconds(-10) }, engine: Engine.PostgreSql);
        _second = await _first.OpenAnotherAsync();
    }

    // Each ends with a check of the whole.
    public async ValueTask DisposeAsync()
    {
        await _second.DisposeAsync();
        await _first.DisposeAsync();
    }

    [Fact]
    public async Task A_change_is_heard_on_the_other_server()
    {
        Folder inbox = await _first.InboxAsync();
        var heard = Channel.CreateUnbounded<ChangeNotice>();
        using IDisposable subscription = _second.Store.Subscribe(1, notice => heard.Writer.TryWrite(notice));
        Item item = await _first.AppendAsync(inbox, TestStore.Message(1), new NewItem(ItemKind.VoiceMail));
        ChangeNotice notice;
        do
            notice = await heard.Reader.ReadAsync().AsTask().WaitAsync(Guard);
        while (notice.Kinds == 0); // of the folders that were made before
        Assert.Equal(new ChangeNotice(1, inbox.Id, item.ModSeq, 1 << (int)ItemKind.VoiceMail), notice);
        Assert.Equal(TestStore.Message(1), await _second.ReadAsync(item.Id));
    }

    [Fact]
    public async Task Under_load_from_both_no_uid_comes_twice_and_no_change_is_unseen()
    {
        Folder inbox = await _first.InboxAsync();
        Folder other = await _first.Store.CreateFolderAsync(1, "Other");
        await using var ofFirst = new Mirror(_first, inbox.Id);
        await using var ofSecond = new Mirror(_second, inbox.Id);
        var appended = new ConcurrentBag<uint>();

        await Task.WhenAll(Enumerable.Range(0, 2 * ClientsPerNode).Select(client => Task.Run(
            () => WorkAsync(client % 2 == 0 ? _first : _second, client, inbox, other, appended)))).WaitAsync(Guard);

        Assert.Equal(appended.Count, appended.Distinct().Count());
        (_, IReadOnlyList<Item> items) = await _first.Store.ReadFolderAsync(inbox.Id);
        Assert.Equal(items.Count, items.Select(item => item.ModSeq * 1_000_000 + item.Uid).Distinct().Count());
        await ofFirst.WaitForAsync(items);
        await ofSecond.WaitForAsync(items);
        // One change alone, so that no other one can bring it along.
        foreach (TestStore node in (TestStore[])[_first, _second, _first])
        {
            await node.AppendAsync(inbox, TestStore.Message(1));
            (_, items) = await node.Store.ReadFolderAsync(inbox.Id);
            await ofFirst.WaitForAsync(items);
            await ofSecond.WaitForAsync(items);
        }
    }

    [Fact]
    public async Task Deliveries_to_several_mailboxes_in_any_order_all_happen()
    {
        const int Rounds = 25;
        Folder[] inboxes = [.. await Task.WhenAll(Enumerable.Range(1, 5).Select(account => _first.InboxAsync(account)))];
        await Task.WhenAll(Enumerable.Range(0, 2 * ClientsPerNode).Select(client => Task.Run(async () =>
        {
            TestStore node = client % 2 == 0 ? _first : _second;
            var random = new Random(client);
            for (int i = 0; i < Rounds; i++)
            {
                // One content for all: whoever delivers it meets the others there too.
                await using StagedContent staged = await node.Store.StageAsync(new MemoryStream(TestStore.Message(i)), TestStore.MaxSize);
                Folder[] order = [.. inboxes];
                random.Shuffle(order);
                await node.Database.WriteAsync(async session =>
                {
                    await node.Store.LockAsync(session, [.. order.Select(folder => folder.Id)]);
                    foreach (Folder folder in order)
                        await node.Store.AppendAsync(session, folder.Id, staged, new NewItem());
                    return 0;
                });
            }
        }))).WaitAsync(Guard);
        foreach (Folder inbox in inboxes)
            Assert.Equal(2 * ClientsPerNode * Rounds, (await _first.Store.FindFolderAsync(inbox.Id))!.Exists);
        Assert.Equal(Rounds, await _first.Database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM store_contents")));
    }

    [Fact]
    public async Task Folders_that_both_make_are_made_once()
    {
        StoreError?[] refusals = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(async () =>
        {
            TestStore node = i % 2 == 0 ? _first : _second;
            await node.Store.ProvisionAsync(1);
            try
            {
                await node.Store.CreateFolderAsync(1, $"a/b/{i / 4}");
                return (StoreError?)null;
            }
            catch (StoreException refusal)
            {
                return refusal.Error;
            }
        })));
        Assert.Equal(3, refusals.Count(refusal => refusal is null));
        Assert.All(refusals.Where(refusal => refusal is not null), refusal => Assert.Equal(StoreError.FolderExists, refusal));
        IReadOnlyList<Folder> folders = await _second.Store.ListFoldersAsync(1);
        Assert.Equal(11, folders.Count);
        Assert.Equal(11, folders.Select(folder => folder.UidValidity).Distinct().Count());
    }

    [Fact]
    public async Task A_folder_that_one_deletes_takes_nothing_of_the_other_with_it()
    {
        Folder doomed = await _first.Store.CreateFolderAsync(1, "doomed");
        Task[] clients = [.. Enumerable.Range(0, ClientsPerNode).Select(client => Task.Run(async () =>
        {
            try
            {
                for (int i = 0; ; i++)
                    await _second.AppendAsync(doomed, TestStore.Message((client * 1000) + i));
            }
            catch (StoreException refusal)
            {
                Assert.Equal(StoreError.NoSuchFolder, refusal.Error);
            }
        }))];
        while ((await _first.Store.FindFolderAsync(doomed.Id))!.Exists < 20)
            await Task.Delay(1);
        await _first.Store.DeleteFolderAsync(1, "doomed");
        await Task.WhenAll(clients).WaitAsync(Guard);
        await Task.WhenAll(_first.Store.MaintainAsync(), _second.Store.MaintainAsync());
        await _first.Store.MaintainAsync();
        foreach (string table in (string[])["store_items", "store_contents", "store_bodies", "store_tombstones", "store_folders"])
            Assert.Equal(0, await _first.Database.ReadAsync(session => session.QueryLongAsync($"SELECT count(*) FROM {table}")));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(70_000)]
    public async Task Content_is_there_for_as_long_as_an_item_is_whatever_the_collectors_do(int size)
    {
        Folder inbox = await _first.InboxAsync();
        using var stop = new CancellationTokenSource();
        Task[] collectors = [.. ((TestStore[])[_first, _second]).Select(node => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await node.Store.MaintainAsync();
        }))];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(client => Task.Run(async () =>
        {
            TestStore node = client % 2 == 0 ? _first : _second;
            for (int i = 0; i < 30; i++)
            {
                byte[] content = TestStore.Message(i % 2, size);
                Item item = await AppendAsync(node, inbox, content);
                Assert.Equal(content, await node.ReadAsync(item.Id));
                await node.Store.ExpungeAsync(inbox.Id, [item.Uid]);
            }
        }))).WaitAsync(Guard);
        await stop.CancelAsync();
        await Task.WhenAll(collectors);
    }

    // Without a grace time the other server's collector may take what is staged and not appended yet; then that is said, and done again.
    private static async Task<Item> AppendAsync(TestStore node, Folder inbox, byte[] content)
    {
        while (true)
        {
            try
            {
                return await node.AppendAsync(inbox, content, new NewItem(Flags: ItemFlags.Deleted));
            }
            catch (MissingContentException)
            {
            }
        }
    }

    private static async Task WorkAsync(TestStore node, int client, Folder inbox, Folder other, ConcurrentBag<uint> appended)
    {
        var random = new Random(client);
        var mine = new List<uint>();
        for (int i = 0; i < 40; i++)
        {
            Item item = await node.AppendAsync(inbox, TestStore.Message((client * 1000) + i));
            appended.Add(item.Uid);
            mine.Add(item.Uid);
            uint any = mine[random.Next(mine.Count)];
            switch (random.Next(5))
            {
                case 0:
                    await node.Store.ChangeFlagsAsync(inbox.Id, [any, any + 1], new FlagChange(FlagMode.Add, ItemFlags.Seen, ["a"]));
                    break;
                case 1:
                    await node.Store.ChangeFlagsAsync(inbox.Id, [any], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
                    await node.Store.ExpungeAsync(inbox.Id);
                    break;
                case 2:
                    await node.Store.MoveAsync(inbox.Id, [any], other.Id);
                    break;
                case 3:
                    foreach (uint uid in (await node.Store.CopyAsync(other.Id, [1, 2, 3], inbox.Id)).TargetUids)
                        appended.Add(uid);
                    break;
                default:
                    await node.Store.CreateFolderAsync(1, $"of {client}/{i}");
                    break;
            }
        }
    }

    /// <summary>What somebody knows of a folder who reads its changes when there is a notice, and only then.</summary>
    private sealed class Mirror : IAsyncDisposable
    {
        private readonly Channel<bool> _notices = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        private readonly SortedDictionary<uint, long> _items = [];
        private readonly SemaphoreSlim _changed = new(0);
        private readonly CancellationTokenSource _stop = new();
        private readonly IDisposable _subscription;
        private readonly Task _following;

        public Mirror(TestStore node, long folderId)
        {
            _subscription = node.Store.Subscribe(1, notice =>
            {
                if (notice.FolderId == folderId)
                    _notices.Writer.TryWrite(true);
            });
            _following = Task.Run(() => FollowAsync(node, folderId));
        }

        public async Task WaitForAsync(IReadOnlyList<Item> items)
        {
            while (!Equals(items))
                Assert.True(await _changed.WaitAsync(Guard), "A change was not heard of.");
        }

        public async ValueTask DisposeAsync()
        {
            _subscription.Dispose();
            await _stop.CancelAsync();
            await _following;
            _stop.Dispose();
        }

        private bool Equals(IReadOnlyList<Item> items)
        {
            lock (_items)
                return _items.SequenceEqual(items.Select(item => KeyValuePair.Create(item.Uid, item.ModSeq)));
        }

        private async Task FollowAsync(TestStore node, long folderId)
        {
            long since = 0;
            try
            {
                while (await _notices.Reader.ReadAsync(_stop.Token))
                {
                    FolderChanges changes = await node.Store.ReadChangesAsync(folderId, since, _stop.Token);
                    since = changes.Folder.HighestModSeq;
                    lock (_items)
                    {
                        foreach (Item item in changes.Changed)
                            _items[item.Uid] = item.ModSeq;
                        foreach (uint uid in changes.Vanished)
                            _items.Remove(uid);
                    }
                    _changed.Release();
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // The test has seen enough.
            }
        }
    }
}
