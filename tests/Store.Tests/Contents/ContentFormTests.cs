using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.Mime;

namespace UnifiedMsg.Store.Tests.Contents;

public sealed class ContentFormTests
{
    [Theory]
    [InlineData(500, false)]
    [InlineData(5_000, false)]
    [InlineData(60_000, false)]
    [InlineData(300_000, false)]
    [InlineData(500, true)]
    [InlineData(5_000, true)]
    [InlineData(60_000, true)]
    [InlineData(300_000, true)]
    public async Task Contents_come_back_as_they_were_and_are_smaller_where_it_pays(int size, bool isSealed)
    {
        await using TestStore test = await TestStore.OpenAsync(isSealed ? new StoreOptions { BlobFolder = "", Keys = TestKeys.Of("k1") } : null);
        Folder inbox = await test.InboxAsync();
        byte[] text = Text(size), noise = Noise(size);
        Item first = await test.AppendAsync(inbox, text);
        Item second = await test.AppendAsync(inbox, noise);
        Item twin = await test.AppendAsync(inbox, text);
        await test.RestartAsync();
        Assert.Equal(text, await test.ReadAsync(first.Id));
        Assert.Equal(noise, await test.ReadAsync(second.Id));
        Assert.Equal(text, await test.ReadAsync(twin.Id));
        Assert.Equal("Text", (await test.Store.ReadSummariesAsync([twin.Id]))[twin.Id].Envelope.Subject);
        Assert.Equal(2, await test.Database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM store_contents")));
        long stored = size > 65_536
            ? test.Blobs().Min(blob => new FileInfo(blob).Length)
            : (await test.Database.ReadAsync(session => session.QueryLongAsync("SELECT min(length(octets)) FROM store_bodies")))!.Value;
        Assert.InRange(stored, 1, size < 1024 ? size + 100 : size / 2);
    }

    [Fact]
    public async Task A_store_of_the_version_before_is_read_and_written_further()
    {
        string folder = System.IO.Directory.CreateTempSubdirectory("unifiedmsg-test-").FullName;
        byte[] small = Text(3_000), large = Text(200_000);
        await MakeOldStoreAsync(folder, small, large);
        await using TestStore test = await TestStore.OpenAsync(folder: folder);
        Folder inbox = (await test.Store.FindFolderAsync(1, "INBOX"))!;
        (_, IReadOnlyList<Item> items) = await test.Store.ReadFolderAsync(inbox.Id);
        Assert.Equal(small, await test.ReadAsync(items[0].Id));
        Assert.Equal(large, await test.ReadAsync(items[1].Id));
        Assert.Empty((await test.Store.CheckAsync()).Problems);
        // The same contents again: they share the rows, and the file gets the new form under the old name.
        Assert.Equal(large, await test.ReadAsync((await test.AppendAsync(inbox, large)).Id));
        Assert.Equal(large, await test.ReadAsync(items[1].Id));
        Assert.Equal(small, await test.ReadAsync((await test.AppendAsync(inbox, small)).Id));
        Assert.True(new FileInfo(Assert.Single(test.Blobs())).Length < large.Length / 2);
        Assert.Equal(2, await test.Database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM store_contents")));
    }

    [Fact]
    public async Task A_message_that_looks_like_a_file_of_frames_is_a_message_all_the_same()
    {
        await using TestStore test = await TestStore.OpenAsync();
        Folder inbox = await test.InboxAsync();
        await test.AppendAsync(inbox, Text(100_000));
        byte[] frames = await File.ReadAllBytesAsync(Assert.Single(test.Blobs()));
        byte[] message = [.. frames, .. Noise(100_000)];
        Item item = await test.AppendAsync(inbox, message);
        Assert.Equal(message, await test.ReadAsync(item.Id));
    }

    internal static byte[] Text(int size)
    {
        var text = new StringBuilder("Subject: Text\r\n\r\n");
        for (int i = 0; text.Length < size; i++)
            text.Append($"This is line {i} of a text that compresses well.\r\n");
        return Encoding.ASCII.GetBytes(text.ToString(0, size));
    }

    internal static byte[] Noise(int size)
    {
        byte[] octets = new byte[size];
        new Random(size).NextBytes(octets);
        "Subject: Noise\r\n\r\n"u8.CopyTo(octets);
        return octets;
    }

    // As the first version of the schema wrote it: contents as they are, files that are the content itself.
    private static async Task MakeOldStoreAsync(string folder, byte[] small, byte[] large)
    {
        var old = new MigrationSet(StoreSchema.Migrations.Component, [StoreSchema.Migrations.Steps[0]]);
        await using SqliteDatabase database = await SqliteDatabase.OpenAsync(
            new SqliteOptions { Path = Path.Combine(folder, "unifiedmsg.db") }, [old], NullLoggerFactory.Instance, TimeProvider.System);
        await database.WriteAsync(async session =>
        {
            await session.ExecuteAsync("INSERT INTO store_counters(name, value) VALUES('item', 1000)");
            await session.ExecuteAsync("INSERT INTO store_accounts(account_id, modseq, uid_validity) VALUES(1, 5, 9)");
            await session.ExecuteAsync(
                "INSERT INTO store_folders(id, account_id, path, special_use, subscribed, uid_validity, uid_next, highest_modseq, tombstone_floor, "
                + "tombstone_count, item_count, unseen_count, deleted_count, size) VALUES(1, 1, 'INBOX', 1, 1, 9, 3, 5, 0, 0, 2, 2, 0, @p0)",
                small.Length + large.Length);
            await AddAsync(session, 1, small, 0);
            await session.ExecuteAsync("INSERT INTO store_bodies(content_id, octets) VALUES(1, @p0)", small);
            await AddAsync(session, 2, large, 1);
            return 0;
        });
        string name = Convert.ToHexStringLower(SHA256.HashData(large));
        System.IO.Directory.CreateDirectory(Path.Combine(folder, "blobs", name[..2]));
        await File.WriteAllBytesAsync(Path.Combine(folder, "blobs", name[..2], name), large);
    }

    private static async ValueTask AddAsync(IWriteSession session, int id, byte[] content, int place)
    {
        byte[] hash = SHA256.HashData(content);
        await session.ExecuteAsync(
            "INSERT INTO store_contents(id, hash_key, hash, size, place, refs, summary) VALUES(@p0, @p1, @p2, @p3, @p4, 1, @p5)",
            id, System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(hash), hash, content.Length, place,
            MessageSummaryCodec.Encode(MessageSummarizer.Summarize(content)));
        await session.ExecuteAsync(
            "INSERT INTO store_items(folder_id, uid, id, modseq, kind, flags, keywords, internal_date, size, content_id) "
            + "VALUES(1, @p0, @p0, 5, 0, 0, NULL, 1, @p1, @p0)",
            id, content.Length);
    }
}
