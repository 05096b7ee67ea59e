using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.Store;

namespace UnifiedMsg.Benchmarks.Store;

/// <summary>A store in a fresh folder with one mailbox.</summary>
internal sealed class BenchmarkStore : IAsyncDisposable
{
    private static readonly byte[] Prose = MakeProse(2 << 20);

    private readonly string _folder;

    private BenchmarkStore(string folder) => _folder = folder;

    public SqliteDatabase Database { get; private set; } = null!;

    public ItemStore Items { get; private set; } = null!;

    public Folder Inbox { get; private set; } = null!;

    public static async Task<BenchmarkStore> OpenAsync(string parent)
    {
        var store = new BenchmarkStore(Path.Combine(parent, $"unifiedmsg-benchmark-{Guid.NewGuid():N}"));
        store.Database = await SqliteDatabase.OpenAsync(
            new SqliteOptions { Path = Path.Combine(store._folder, "unifiedmsg.db") }, [StoreSchema.Migrations], NullLoggerFactory.Instance,
            TimeProvider.System);
        store.Items = await ItemStore.OpenAsync(
            store.Database, new StoreOptions { BlobFolder = Path.Combine(store._folder, "blobs") }, NullLoggerFactory.Instance, TimeProvider.System);
        await store.Items.ProvisionAsync(1);
        store.Inbox = (await store.Items.FindFolderAsync(1, "INBOX"))!;
        return store;
    }

    /// <summary>A message of its own content and of so many octets.</summary>
    public static byte[] Message(int client, int number, int size)
    {
        byte[] head = Encoding.ASCII.GetBytes(
            $"From: Alice <alice@example.test>\r\nTo: Bob <bob@example.test>\r\nSubject: Message {number} of {client}\r\n"
            + $"Date: Mon, 2 Mar 2026 08:00:00 +0000\r\nMessage-ID: <{client}.{number}@example.test>\r\n"
            + "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
        byte[] message = new byte[Math.Max(size, 300)];
        head.CopyTo(message, 0);
        // Making words must not be what is measured: each message has another piece of one long text.
        int from = (int)((uint)HashCode.Combine(client, number) % (uint)(Prose.Length - message.Length));
        Prose.AsSpan(from, message.Length - head.Length).CopyTo(message.AsSpan(head.Length));
        return message;
    }

    public async Task AppendAsync(byte[] content)
    {
        await using StagedContent staged = await Items.StageAsync(new MemoryStream(content), 1 << 20);
        await Items.AppendAsync(Inbox.Id, staged, new NewItem());
    }

    /// <summary>Fills the folder with items of one content, many under one commit.</summary>
    public async Task FillAsync(int count)
    {
        await using StagedContent staged = await Items.StageAsync(new MemoryStream(Message(0, 0, 1000)), 1 << 20);
        for (int done = 0; done < count; done += 1000)
        {
            await Database.WriteAsync(async session =>
            {
                for (int i = 0; i < Math.Min(1000, count - done); i++)
                    await Items.AppendAsync(session, Inbox.Id, staged, new NewItem());
                return 0;
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Items.DisposeAsync();
        await Database.DisposeAsync();
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    // Made-up words, the first ones often and the last ones seldom, as in any language: it packs to about half.
    private static byte[] MakeProse(int length)
    {
        var random = new Random(1);
        string[] syllables = ["ba", "co", "di", "en", "fu", "ga", "hel", "in", "ka", "lo", "mer", "no", "os", "pri", "ra", "sto", "te", "un", "vel", "zi"];
        string[] words = [.. Enumerable.Range(0, 4000).Select(
            i => string.Concat(Enumerable.Range(0, 1 + Math.Min(3, i / 100) + random.Next(2)).Select(_ => syllables[random.Next(syllables.Length)])))];
        var text = new StringBuilder();
        while (text.Length < length)
        {
            for (int word = 0; word < 11; word++)
                text.Append(words[(int)(words.Length * Math.Pow(random.NextDouble(), 2.5))]).Append(' ');
            text.Append("\r\n");
        }
        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
