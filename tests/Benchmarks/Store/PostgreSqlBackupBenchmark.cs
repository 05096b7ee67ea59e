using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database.PostgreSql;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Backup;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Benchmarks.Store;

/// <summary>What a backup of PostgreSQL costs, and what one that follows costs those who write. Options: messages (in the store), clients,
/// seconds (of each rate).</summary>
internal static class PostgreSqlBackupBenchmark
{
    private const int MessageSize = 10_000;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var figures = new Figures();
        int messages = (int)arguments.Number("messages", 20_000);
        int clients = (int)arguments.Number("clients", 8);
        var duration = TimeSpan.FromSeconds(arguments.Number("seconds", 5));
        await using PostgreSqlCluster cluster = await PostgreSqlCluster.StartAsync();
        await using DatabaseHome home = await DatabaseHome.CreateAsync(Engine.PostgreSql, cluster: cluster);
        await using PostgreSqlDatabase database = await PostgreSqlDatabase.OpenAsync(
            new PostgreSqlOptions { Connection = home.Connection, MirrorFolder = home.MirrorFolder }, [StoreSchema.Migrations], NullLoggerFactory.Instance, TimeProvider.System);
        await using ItemStore items = await ItemStore.OpenAsync(
            database, new StoreOptions { BlobFolder = Path.Combine(home.Folder, "blobs") }, NullLoggerFactory.Instance, TimeProvider.System);
        var inboxes = new List<long>();
        for (int account = 1; account <= clients; account++)
        {
            await items.ProvisionAsync(account);
            inboxes.Add((await items.FindFolderAsync(account, "INBOX"))!.Id);
        }
        async Task AppendAsync(int client, int number)
        {
            byte[] content = BenchmarkStore.Message(client, number, MessageSize);
            await using StagedContent staged = await items.StageAsync(new MemoryStream(content), MessageSize);
            await items.AppendAsync(inboxes[client], staged, new NewItem());
        }
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            for (int i = 0; i < messages / clients; i++)
                await AppendAsync(client, i);
        })));

        string target = Path.Combine(home.Folder, "backup");
        foreach (string what in (string[])["the first backup", "one that finds nothing new"])
        {
            long started = Stopwatch.GetTimestamp();
            BackupStatus status = await items.Backup!.RunAsync(target, new BackupOptions());
            figures.Print($"{what}, {messages} messages", $"{Stopwatch.GetElapsedTime(started).TotalSeconds,8:N1} s   {status.Pages} pages, {status.Size} octets");
        }
        Rate alone = await Figures.RateAsync(clients, duration, (client, number) => AppendAsync(client, 1_000_000 + number));
        figures.Print($"durable appends of 10 KB, {clients} clients", $"{alone.PerSecond,8:N0}/s");
        await FollowAsync(items, target, figures, async () =>
        {
            Rate followed = await Figures.RateAsync(clients, duration, (client, number) => AppendAsync(client, 2_000_000 + number));
            figures.Print("  while a backup follows", $"{followed.PerSecond,8:N0}/s");
        });
        return figures.ExitCode;
    }

    // How old the backup is at the most: the time between two things that it says, and how far behind it was then.
    private static async Task FollowAsync(ItemStore items, string target, Figures figures, Func<Task> work)
    {
        using var stop = new CancellationTokenSource();
        var following = new TaskCompletionSource();
        var ages = new List<double>();
        Task<BackupStatus> running = items.Backup!.FollowAsync(target, new BackupOptions(), status =>
        {
            if (status.Phase == "following" && !following.TrySetResult() && status.UpTo is { } upTo)
                ages.Add((DateTimeOffset.UtcNow - upTo).TotalMilliseconds);
        }, stop.Token);
        await following.Task;
        await work();
        await stop.CancelAsync();
        await running;
        ages.Sort();
        figures.Print("  from the snapshot to durable in the backup", $"{ages[ages.Count / 2],8:N0} ms   at the most {ages[^1]:N0} ms");
    }
}
