using System.Diagnostics;
using UnifiedMsg.Benchmarks.Search;
using UnifiedMsg.Store;

namespace UnifiedMsg.Benchmarks.Store;

/// <summary>What each operation costs in mailboxes of several sizes, as a table in Markdown. Options: messages (the sizes), queries (of each kind),
/// small (messages of each mailbox beside the large one), folder (where the data goes), keep (a folder in which it stays, to be used again).</summary>
internal static class CostBenchmark
{
    private const int MessageSize = 10_000;
    private const int ManyFlags = 10_000;

    private static readonly string[] Rows =
    [
        "append an item of 10 KB", "flag one item", "flag 10,000 items in one command", "expunge one item", "open the folder", "search, p50", "search, p95",
        "resident memory after all of these", "the most resident memory", "read every item, which gives a list of them",
    ];

    public static async Task<int> RunAsync(Arguments arguments)
    {
        int[] sizes = arguments.Numbers("messages", 10_000, 100_000, 1_000_000);
        var columns = new List<string[]>();
        foreach (int size in sizes)
            columns.Add(await MeasureAsync(arguments, size));
        Console.WriteLine($"| items | {string.Join(" | ", sizes.Select(size => $"{size:N0}"))} |");
        Console.WriteLine($"| --- |{string.Concat(sizes.Select(_ => " --- |"))}");
        for (int i = 0; i < Rows.Length; i++)
            Console.WriteLine($"| {Rows[i]} | {string.Join(" | ", columns.Select(column => column[i]))} |");
        return 0;
    }

    private static async Task<string[]> MeasureAsync(Arguments arguments, int size)
    {
        await using SearchStore store = await SearchStore.OpenAsync(arguments, size);
        (ItemStore items, long id) = (store.Items, store.Large.Id);
        await store.IndexAsync();
        ForgetMostMemory();
        // What is appended is taken away again, so that the folder keeps its size.
        double open = await Figures.MedianAsync(20, _ => items.OpenFolderAsync(id).AsTask());
        Percentiles search = await SearchAsync(store, (int)arguments.Number("queries", 40));
        var appended = new List<uint>();
        double append = await Figures.MedianAsync(50, async i =>
        {
            await using StagedContent staged = await items.StageAsync(new MemoryStream(BenchmarkStore.Message(size, i, MessageSize)), 1 << 20);
            appended.Add((await items.AppendAsync(id, staged, new NewItem())).Uid);
        });
        double flag = await Figures.MedianAsync(50, i => FlagAsync(items, id, [(uint)(i / 2) + 1], i));
        uint[] many = [.. Enumerable.Range(1, Math.Min(size, ManyFlags)).Select(uid => (uint)uid)];
        double flags = await Figures.MedianAsync(6, i => FlagAsync(items, id, many, i));
        double expunge = 0;
        foreach (uint uid in appended)
        {
            await items.ChangeFlagsAsync(id, [uid], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
            long began = Stopwatch.GetTimestamp();
            await items.ExpungeAsync(id);
            expunge += Stopwatch.GetElapsedTime(began).TotalMilliseconds / appended.Count;
        }
        GC.Collect();
        (long resident, long most) = (Environment.WorkingSet, ReadMostMemory());
        double read = await Figures.MedianAsync(5, _ => items.ReadFolderAsync(id).AsTask());
        return
        [
            Time(append), Time(flag), Time(flags), Time(expunge), Time(open), Time(search.Median), Time(search.At(95)), $"{resident >> 20:N0} MB", $"{most >> 20:N0} MB", Time(read),
        ];
    }

    private static Task<FlagResult> FlagAsync(ItemStore items, long folder, uint[] uids, int round) =>
        items.ChangeFlagsAsync(folder, uids, new FlagChange(round % 2 == 0 ? FlagMode.Add : FlagMode.Remove, ItemFlags.Flagged));

    private static async Task<Percentiles> SearchAsync(SearchStore store, int queries)
    {
        var text = new MailText(1);
        var all = new List<Percentiles>();
        foreach ((_, Func<UnifiedMsg.Store.Search.SearchQuery> next) in new SearchQueries(text).Kinds)
            all.Add((await SearchBenchmark.TimeAsync(store.Items, [store.Large], next, queries)).Times);
        return Percentiles.Of(all);
    }

    private static string Time(double milliseconds) => milliseconds < 10 ? $"{milliseconds:N2} ms" : $"{milliseconds:N0} ms";

    // proc(5): 5 sets the peak back to what is resident now.
    private static void ForgetMostMemory()
    {
        if (OperatingSystem.IsLinux())
            File.WriteAllText("/proc/self/clear_refs", "5");
    }

    private static long ReadMostMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
