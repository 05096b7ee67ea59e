using UnifiedMsg.Store;

namespace UnifiedMsg.Benchmarks.Store;

/// <summary>What the store costs. Options: seconds (of each rate), rounds, clients, sizes (of folders), folder (where the data goes).</summary>
internal static class StoreBenchmark
{
    private const int MessageSize = 10_000;
    private const double LeastRatio = 0.8;
    private const double MostToOpen = 50;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var figures = new Figures();
        foreach (int clients in arguments.Numbers("clients", 1, 8, 50))
            await CompareAppendsAsync(arguments, clients, figures);
        foreach (int size in arguments.Numbers("sizes", 10_000, 100_000, 1_000_000))
            await MeasureFolderAsync(arguments, size, figures);
        return figures.ExitCode;
    }

    // In turns, because the disk has good and bad moments. The first turn is not counted: code is compiled in it.
    private static async Task CompareAppendsAsync(Arguments arguments, int clients, Figures figures)
    {
        var duration = TimeSpan.FromSeconds(arguments.Number("seconds", 2));
        var ours = new List<Rate>();
        var bare = new List<Rate>();
        for (int round = 0; round <= (int)arguments.Number("rounds", 3); round++)
        {
            ours.Add(await RateOfStoreAsync(arguments.Folder(), clients, duration));
            bare.Add(await RateOfBareLoopAsync(arguments.Folder(), clients, duration));
        }
        ours.RemoveAt(0);
        bare.RemoveAt(0);
        (Rate our, Rate its) = (Median(ours), Median(bare));
        double ratio = our.PerSecond / its.PerSecond;
        figures.PrintAgainst(
            $"durable appends of 10 KB, {clients} clients", $"{our.PerSecond,8:N0}/s, bare loop {its.PerSecond,8:N0}/s: {ratio:P0}",
            $"{LeastRatio:P0}", ratio >= LeastRatio);
        figures.Print("  processor time of each", $"{our.ProcessorMicroseconds,8:N0} µs, bare loop {its.ProcessorMicroseconds,8:N0} µs");
    }

    private static async Task<Rate> RateOfStoreAsync(string folder, int clients, TimeSpan duration)
    {
        await using BenchmarkStore store = await BenchmarkStore.OpenAsync(folder);
        await store.AppendAsync(BenchmarkStore.Message(-1, 0, MessageSize));
        return await Figures.RateAsync(
            clients, duration, (client, number) => store.AppendAsync(BenchmarkStore.Message(client, number, MessageSize)));
    }

    private static async Task<Rate> RateOfBareLoopAsync(string parent, int clients, TimeSpan duration)
    {
        DirectoryInfo folder = System.IO.Directory.CreateDirectory(Path.Combine(parent, $"unifiedmsg-benchmark-{Guid.NewGuid():N}"));
        try
        {
            await using var loop = new BareLoop(Path.Combine(folder.FullName, "bare.db"));
            return await Figures.RateAsync(
                clients, duration, (client, number) => loop.AppendAsync(BenchmarkStore.Message(client, number, MessageSize)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task MeasureFolderAsync(Arguments arguments, int size, Figures figures)
    {
        await using BenchmarkStore store = await BenchmarkStore.OpenAsync(arguments.Folder());
        await store.FillAsync(size);
        string of = $"of {size:N0} items";
        long id = store.Inbox.Id;
        figures.Print($"find a folder {of}", $"{await Figures.MedianAsync(20, _ => store.Items.FindFolderAsync(id).AsTask()),8:N2} ms");
        double open = await Figures.MedianAsync(20, _ => store.Items.OpenFolderAsync(id).AsTask());
        figures.PrintAgainst($"open a folder {of}", $"{open,8:N2} ms", $"{MostToOpen} ms", open < MostToOpen);
        figures.Print($"read every item of a folder {of}", $"{await Figures.MedianAsync(5, _ => store.Items.ReadFolderAsync(id).AsTask()),8:N2} ms");
        double append = await Figures.MedianAsync(50, i => store.AppendAsync(BenchmarkStore.Message(1, i, MessageSize)));
        figures.Print($"append to a folder {of}", $"{append,8:N2} ms");
        double one = await Figures.MedianAsync(50, i => store.Items.ChangeFlagsAsync(id, [(uint)i + 1], new FlagChange(FlagMode.Add, ItemFlags.Answered)));
        figures.Print($"flag one item of a folder {of}", $"{one,8:N2} ms");
        await MeasureFlagsAsync(store, size, 1, figures);
        await MeasureFlagsAsync(store, size, 2, figures);
    }

    private static async Task MeasureFlagsAsync(BenchmarkStore store, int size, int step, Figures figures)
    {
        uint[] uids = [.. Enumerable.Range(0, 10_000).Select(i => (uint)((i * step) + 1)).Where(uid => uid <= size)];
        double time = await Figures.MedianAsync(5, i => store.Items.ChangeFlagsAsync(
            store.Inbox.Id, uids, new FlagChange(i % 2 == 0 ? FlagMode.Add : FlagMode.Remove, ItemFlags.Flagged)));
        figures.PrintAgainst(
            $"flag {uids.Length:N0} of {size:N0} items{(step == 1 ? "" : ", every second one")}", $"{time,8:N2} ms", "150 ms", time < 150);
    }

    private static Rate Median(List<Rate> rates)
    {
        rates.Sort((a, b) => a.PerSecond.CompareTo(b.PerSecond));
        return rates[rates.Count / 2];
    }
}
