using System.Collections.Concurrent;

namespace UnifiedMsg.Store.Tests;

/// <summary>What a power cut leaves is what is in the files at that moment; a copy of them is opened as after a crash.</summary>
public sealed class CrashTests
{
    private const int Moments = 4;

    [Fact]
    public async Task What_was_acknowledged_is_there_after_a_crash_and_nothing_twice()
    {
        await using TestStore test = await TestStore.OpenAsync();
        Folder inbox = await test.InboxAsync();
        var acknowledged = new ConcurrentDictionary<uint, int>();
        using var stop = new CancellationTokenSource();
        Task[] clients = [.. Enumerable.Range(0, 4).Select(client => Task.Run(() => AppendAsync(test, inbox, client, acknowledged, stop.Token)))];
        for (int moment = 0; moment < Moments; moment++)
        {
            await WaitForMoreAsync(acknowledged, 40);
            Dictionary<uint, int> before = new(acknowledged);
            string copy = CopyFiles(test);
            await using TestStore revived = await TestStore.OpenAsync(folder: copy);
            (Folder folder, IReadOnlyList<Item> items) = await revived.Store.ReadFolderAsync(inbox.Id);
            Dictionary<uint, Item> byUid = items.ToDictionary(item => item.Uid);
            foreach ((uint uid, int number) in before)
                Assert.Equal(Content(number), await revived.ReadAsync(byUid[uid].Id));
            Assert.Equal(items.Count, folder.Exists);
            Item next = await revived.AppendAsync(folder, TestStore.Message(1));
            Assert.True(next.Uid > items[^1].Uid && items.All(item => item.Id < next.Id));
        }
        await stop.CancelAsync();
        await Task.WhenAll(clients);
    }

    private static async Task AppendAsync(
        TestStore test, Folder inbox, int client, ConcurrentDictionary<uint, int> acknowledged, CancellationToken stop)
    {
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            int number = (client * 1_000_000) + i;
            Item item = await test.AppendAsync(inbox, Content(number));
            acknowledged[item.Uid] = number;
        }
    }

    // Every eighth is large enough for a file of its own.
    private static byte[] Content(int number) => TestStore.Message(number, number % 8 == 0 ? 80_000 : 2_000);

    private static async Task WaitForMoreAsync(ConcurrentDictionary<uint, int> acknowledged, int more)
    {
        int enough = acknowledged.Count + more;
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (acknowledged.Count < enough)
        {
            guard.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    // The database first: a blob is durable before the row that refers to it, so copied later they are at least as many.
    // So little is written here that no checkpoint changes the database file while it is copied.
    private static string CopyFiles(TestStore test)
    {
        string copy = System.IO.Directory.CreateTempSubdirectory("unifiedmsg-test-").FullName;
        foreach (string name in (string[])["unifiedmsg.db", "unifiedmsg.db-wal"])
        {
            using FileStream source = new(Path.Combine(test.Folder, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using FileStream target = new(Path.Combine(copy, name), FileMode.CreateNew);
            source.CopyTo(target);
        }
        foreach (string blob in test.Blobs().Where(blob => Path.GetFileName(Path.GetDirectoryName(blob)) != "tmp"))
        {
            string target = Path.Combine(copy, "blobs", Path.GetRelativePath(test.Options.BlobFolder, blob));
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(blob, target);
        }
        return copy;
    }
}
