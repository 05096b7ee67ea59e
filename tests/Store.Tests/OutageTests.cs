using System.Collections.Concurrent;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

/// <summary>Two servers whose PostgreSQL is killed under load and started again.</summary>
public sealed class OutageTests
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task What_was_acknowledged_is_there_and_nothing_twice()
    {
        await using PostgreSqlCluster cluster = await PostgreSqlCluster.StartAsync();
        await using DatabaseHome home = await DatabaseHome.CreateAsync(Engine.PostgreSql, cluster: cluster);
        await using TestStore first = await TestStore.OpenAsync(home, ownsHome: false);
        await using TestStore second = await first.OpenAnotherAsync();
        Folder inbox = await first.InboxAsync();
        var acknowledged = new ConcurrentDictionary<uint, int>();
        using var stop = new CancellationTokenSource();
        Task[] clients = [.. Enumerable.Range(0, 8).Select(client => Task.Run(
            () => AppendAsync(client % 2 == 0 ? first : second, inbox, client, acknowledged, stop.Token)))];
        for (int crash = 0; crash < 2; crash++)
        {
            await WaitForMoreAsync(acknowledged, 100);
            await cluster.KillAsync();
            await cluster.RestartAsync();
        }
        await WaitForMoreAsync(acknowledged, 100);
        await stop.CancelAsync();
        await Task.WhenAll(clients).WaitAsync(Guard);

        (_, IReadOnlyList<Item> items) = await second.Store.ReadFolderAsync(inbox.Id);
        Dictionary<uint, Item> byUid = items.ToDictionary(item => item.Uid);
        foreach ((uint uid, int number) in acknowledged)
            Assert.Equal(Content(number), await first.ReadAsync(byUid[uid].Id));
        // Each number was appended once: there is nothing beyond what was acknowledged.
        Assert.Equal(acknowledged.Count, items.Count);
        Assert.Equal(items.Count, await first.Database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM store_contents")));
    }

    private static async Task AppendAsync(
        TestStore node, Folder inbox, int client, ConcurrentDictionary<uint, int> acknowledged, CancellationToken stop)
    {
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            int number = (client * 1_000_000) + i;
            Item item = await node.AppendAsync(inbox, Content(number));
            Assert.True(acknowledged.TryAdd(item.Uid, number), $"UID {item.Uid} came twice");
        }
    }

    // Every eighth is large enough for a file of its own.
    private static byte[] Content(int number) => TestStore.Message(number, number % 8 == 0 ? 80_000 : 2_000);

    private static async Task WaitForMoreAsync(ConcurrentDictionary<uint, int> acknowledged, int more)
    {
        int enough = acknowledged.Count + more;
        using var guard = new CancellationTokenSource(Guard);
        while (acknowledged.Count < enough)
            await Task.Delay(5, guard.Token);
    }
}
