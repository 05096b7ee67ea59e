using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Search;

namespace UnifiedMsg.Benchmarks.Search;

/// <summary>A store of one large mailbox and many small ones, with its search index. It is made once, and kept where that is asked for.</summary>
internal sealed class SearchStore : IAsyncDisposable
{
    private const int SmallMailboxes = 20;
    private const int BatchSize = 4000;

    private readonly string _folder;
    private readonly bool _kept;

    private SearchStore(string folder, bool kept) => (_folder, _kept) = (folder, kept);

    public SqliteDatabase Database { get; private set; } = null!;

    public ItemStore Items { get; private set; } = null!;

    /// <summary>The mailbox that has everything.</summary>
    public Folder Large { get; private set; } = null!;

    /// <summary>Mailboxes that have some of it each, as if those messages had gone to several people.</summary>
    public Folder[] Small { get; } = new Folder[SmallMailboxes];

    /// <summary>Seconds that putting the messages in took; 0 when they were there.</summary>
    public double FillSeconds { get; private set; }

    /// <summary>Opens it, and makes what is missing.</summary>
    /// <param name="arguments"><c>keep</c> names a folder in which the store stays, one for each size; without it the store is deleted in the
    /// end. <c>small</c> is the messages of a small mailbox.</param>
    /// <param name="messages">Messages of the large mailbox.</param>
    public static async Task<SearchStore> OpenAsync(Arguments arguments, int messages)
    {
        string keep = arguments.Text("keep", "");
        var store = new SearchStore(
            keep.Length > 0 ? Path.Combine(keep, $"{messages}") : Path.Combine(arguments.Folder(), $"unifiedmsg-benchmark-{Guid.NewGuid():N}"), keep.Length > 0);
        store.Database = await SqliteDatabase.OpenAsync(
            new SqliteOptions { Path = Path.Combine(store._folder, "unifiedmsg.db") }, [StoreSchema.Migrations], NullLoggerFactory.Instance, TimeProvider.System);
        store.Items = await ItemStore.OpenAsync(
            store.Database, new StoreOptions { BlobFolder = Path.Combine(store._folder, "blobs") }, NullLoggerFactory.Instance, TimeProvider.System);
        await store.FillAsync(messages, (int)arguments.Number("small", 1000));
        return store;
    }

    /// <summary>Octets of the database.</summary>
    public long DatabaseOctets => new FileInfo(Path.Combine(_folder, "unifiedmsg.db")).Length;

    /// <summary>Starts the index and waits until it has everything and is merged. The seconds of both.</summary>
    public async Task<(double Indexed, double Merged)> IndexAsync()
    {
        long started = Stopwatch.GetTimestamp();
        Items.Search.Start(new SearchOptions { File = Path.Combine(_folder, "search.db"), Pace = 100 });
        await Items.Search.CatchUpAsync(CancellationToken.None);
        double indexed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        while (!Items.Search.Status.IsTidy)
            await Task.Delay(50);
        return (indexed, Stopwatch.GetElapsedTime(started).TotalSeconds - indexed);
    }

    public async ValueTask DisposeAsync()
    {
        await Items.DisposeAsync();
        await Database.DisposeAsync();
        if (!_kept)
            System.IO.Directory.Delete(_folder, recursive: true);
    }

    private async Task FillAsync(int messages, int small)
    {
        await FindFoldersAsync();
        long started = Stopwatch.GetTimestamp();
        int done = Large.Exists;
        if (done >= messages)
            return;
        var text = new MailText(1 + done);
        var choice = new Random(1 + done);
        Task<List<StagedContent>> next = StageAsync(text, done, messages);
        while (done < messages)
        {
            List<StagedContent> staged = await next;
            // The next ones are made while these are written.
            next = StageAsync(text, done + staged.Count, messages);
            await Database.WriteAsync(async session =>
            {
                foreach (StagedContent content in staged)
                {
                    await Items.AppendAsync(session, Large.Id, content, new NewItem());
                    if (choice.Next(messages) < small * SmallMailboxes)
                        await Items.AppendAsync(session, Small[choice.Next(SmallMailboxes)].Id, content, new NewItem());
                }
                return 0;
            });
            done += staged.Count;
            foreach (StagedContent content in staged)
                await content.DisposeAsync();
        }
        FillSeconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await FindFoldersAsync();
    }

    private async Task FindFoldersAsync()
    {
        for (int i = 0; i <= SmallMailboxes; i++)
        {
            await Items.ProvisionAsync(i + 1);
            Folder inbox = (await Items.FindFolderAsync(i + 1, "INBOX"))!;
            if (i == 0)
                Large = inbox;
            else
                Small[i - 1] = inbox;
        }
    }

    private Task<List<StagedContent>> StageAsync(MailText text, int first, int messages) => Task.Run(async () =>
    {
        var staged = new List<StagedContent>();
        for (int number = first; number < Math.Min(messages, first + BatchSize); number++)
            staged.Add(await Items.StageAsync(new MemoryStream(text.Message(number)), 1 << 20));
        return staged;
    });
}
