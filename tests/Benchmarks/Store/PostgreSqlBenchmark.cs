using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database.PostgreSql;
using UnifiedMsg.Store;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Benchmarks.Store;

/// <summary>What durable appends cost on PostgreSQL, a server of the benchmark's own. Options: seconds (of each rate), clients.</summary>
internal static class PostgreSqlBenchmark
{
    private const int MessageSize = 10_000;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var figures = new Figures();
        var duration = TimeSpan.FromSeconds(arguments.Number("seconds", 2));
        await using PostgreSqlCluster cluster = await PostgreSqlCluster.StartAsync();
        foreach (int clients in arguments.Numbers("clients", 1, 8, 50))
        {
            await MeasureAsync(cluster, clients, 1, duration, figures);
            if (clients > 1)
                await MeasureAsync(cluster, clients, clients, duration, figures);
        }
        return figures.ExitCode;
    }

    private static async Task MeasureAsync(PostgreSqlCluster cluster, int clients, int mailboxes, TimeSpan duration, Figures figures)
    {
        await using DatabaseHome home = await DatabaseHome.CreateAsync(Engine.PostgreSql, cluster: cluster);
        await using PostgreSqlDatabase database = await PostgreSqlDatabase.OpenAsync(
            new PostgreSqlOptions { Connection = home.Connection }, [StoreSchema.Migrations], NullLoggerFactory.Instance, TimeProvider.System);
        await using ItemStore items = await ItemStore.OpenAsync(
            database, new StoreOptions { BlobFolder = Path.Combine(home.Folder, "blobs") }, NullLoggerFactory.Instance, TimeProvider.System);
        var inboxes = new List<long>();
        for (int account = 1; account <= mailboxes; account++)
        {
            await items.ProvisionAsync(account);
            inboxes.Add((await items.FindFolderAsync(account, "INBOX"))!.Id);
        }
        async Task AppendAsync(int client, int number)
        {
            byte[] content = BenchmarkStore.Message(client, number, MessageSize);
            await using StagedContent staged = await items.StageAsync(new MemoryStream(content), MessageSize);
            await items.AppendAsync(inboxes[client % mailboxes], staged, new NewItem());
        }

        // Code is compiled and connections are made.
        await Figures.RateAsync(clients, duration, (client, number) => AppendAsync(client, -1 - number));
        Rate rate = await Figures.RateAsync(clients, duration, AppendAsync);
        figures.Print($"durable appends of 10 KB, {clients} clients, {mailboxes} mailboxes", $"{rate.PerSecond,8:N0}/s");
        figures.Print("  processor time of each, without the server's", $"{rate.ProcessorMicroseconds,8:N0} µs");
    }
}
