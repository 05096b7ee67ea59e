using System.Text;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Maintenance;

namespace UnifiedMsg.Store.Tests.Contents;

public sealed class EncryptionTests
{
    private const string Secret = "the-secret-of-alice";

    private static readonly StoreOptions Encrypted = new() { BlobFolder = "", Keys = TestKeys.Of("k1") };

    [Fact]
    public async Task Nothing_of_a_message_is_on_the_disk_in_the_clear()
    {
        await using TestStore test = await TestStore.OpenAsync(Encrypted);
        Folder inbox = await test.InboxAsync();
        byte[] small = Message(800), large = Message(100_000);
        await test.AppendAsync(inbox, small);
        Item item = await test.AppendAsync(inbox, large);
        Assert.Equal(Secret, (await test.Store.ReadSummariesAsync([item.Id]))[item.Id].Envelope.Subject);
        await test.RestartAsync();
        foreach (string file in System.IO.Directory.GetFiles(test.Folder, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            byte[] octets = await ReadSharedAsync(file);
            Assert.Equal(-1, octets.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Secret)));
            Assert.Equal(-1, octets.AsSpan().IndexOf(System.Security.Cryptography.SHA256.HashData(small)));
            Assert.DoesNotContain(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(large)), file);
        }
    }

    [Fact]
    public async Task A_message_of_somebody_else_is_copied()
    {
        await using TestStore test = await TestStore.OpenAsync(Encrypted);
        Folder hers = await test.InboxAsync(), his = await test.InboxAsync(2);
        await test.AppendAsync(hers, Message(800));
        await test.Store.ChangeAclAsync(hers.Id, AclIdentifier.Account(2), false, FlagMode.Replace, FolderRights.All);
        await test.Store.ForPerson(new Person(2)).CopyAsync(hers.Id, [1], his.Id);
        Item copy = Assert.Single((await test.Store.ReadFolderAsync(his.Id)).Items);
        Assert.Equal(Message(800), await test.ReadAsync(copy.Id));
    }

    [Theory]
    [InlineData("none", "these are not given: k1")]
    [InlineData("other id", "these are not given: k1")]
    [InlineData("other octets", "The key 'k1' is not the one")]
    public async Task Wrong_keys_are_told_and_nothing_is_overwritten(string keys, string told)
    {
        TestStore test = await TestStore.OpenAsync(Encrypted);
        Item item = await test.AppendAsync(await test.InboxAsync(), Message(100_000));
        byte[] blob = await File.ReadAllBytesAsync(Assert.Single(test.Blobs()));
        ContentKeys? wrong = keys switch
        {
            "none" => null,
            "other id" => TestKeys.Of("k2"),
            _ => ContentKeys.Parse("test", Encoding.ASCII.GetBytes("k1 " + TestKeys.Line("k2").Split(' ')[1])),
        };
        var fault = await Assert.ThrowsAsync<ContentKeyException>(
            () => ItemStore.OpenAsync(test.Database, test.Options with { Keys = wrong }, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, test.Time));
        Assert.Contains(told, fault.Message);
        Assert.Equal(1, await test.Database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM store_keys")));
        await test.RestartAsync(TestKeys.Of("k1"));
        Assert.Equal(Message(100_000), await test.ReadAsync(item.Id));
        Assert.Equal(blob, await File.ReadAllBytesAsync(Assert.Single(test.Blobs())));
        await test.DisposeAsync();
    }

    [Fact]
    public async Task Rows_that_changed_places_are_not_believed()
    {
        TestStore test = await TestStore.OpenAsync(Encrypted);
        Folder inbox = await test.InboxAsync();
        Item first = await test.AppendAsync(inbox, TestStore.Message(1)), second = await test.AppendAsync(inbox, TestStore.Message(2));
        await test.Database.WriteAsync(session => session.ExecuteAsync(
            "UPDATE store_bodies SET octets = (SELECT octets FROM store_bodies WHERE content_id = 2) WHERE content_id = 1"));
        await test.Database.WriteAsync(session => session.ExecuteAsync(
            "UPDATE store_contents SET summary = (SELECT summary FROM store_contents WHERE id = 1) WHERE id = 2"));
        await Assert.ThrowsAsync<DamagedContentException>(() => test.ReadAsync(first.Id));
        // Not that of the other one: it is computed.
        Assert.Equal("Message 2", (await test.Store.ReadSummariesAsync([second.Id]))[second.Id].Envelope.Subject);
        StoreReport mended = await test.Store.CheckAsync(mends: true, null);
        StoreReport after = await test.Store.CheckAsync();
        await test.AbandonAsync();
        Assert.Equal(["content-damaged", "content-summary"], mended.Problems.Select(problem => problem.Kind));
        Assert.Empty(after.Problems);
    }

    [Fact]
    public async Task A_plain_file_in_the_place_of_an_encrypted_one_is_not_believed()
    {
        TestStore test = await TestStore.OpenAsync(Encrypted);
        Item item = await test.AppendAsync(await test.InboxAsync(), Message(100_000));
        await File.WriteAllBytesAsync(Assert.Single(test.Blobs()), Message(100_000));
        await Assert.ThrowsAsync<DamagedContentException>(() => test.ReadAsync(item.Id));
        await test.AbandonAsync();
    }

    internal static byte[] Message(int size)
    {
        var text = new StringBuilder($"From: Alice <alice@example.test>\r\nSubject: {Secret}\r\n\r\n");
        while (text.Length < size)
            text.Append(Secret).Append("\r\n");
        return Encoding.ASCII.GetBytes(text.ToString(0, size));
    }

    private static async Task<byte[]> ReadSharedAsync(string path)
    {
        await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] octets = new byte[file.Length];
        await file.ReadExactlyAsync(octets);
        return octets;
    }
}
