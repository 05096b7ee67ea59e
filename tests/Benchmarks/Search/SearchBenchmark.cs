using System.Diagnostics;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Search;

namespace UnifiedMsg.Benchmarks.Search;

/// <summary>Search with and without index. Options: messages (of each store), queries (of each kind), kind (only those with this in their name),
/// small (messages of a small mailbox), folder (where the data goes), keep (a folder in which it stays, to be used again).</summary>
internal static class SearchBenchmark
{
    private const double Aim = 100;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var figures = new Figures();
        foreach (int messages in arguments.Numbers("messages", 10_000, 1_000_000))
            await MeasureAsync(arguments, messages, figures);
        return figures.ExitCode;
    }

    private static async Task MeasureAsync(Arguments arguments, int messages, Figures figures)
    {
        await using SearchStore store = await SearchStore.OpenAsync(arguments, messages);
        var text = new MailText(1);
        figures.Print($"{messages:N0} messages: putting them in", $"{store.FillSeconds,8:N1} s");
        figures.Print($"{messages:N0} messages: the database", $"{store.DatabaseOctets >> 20,8:N0} MB");
        double scan = await MeasureScanAsync(store, text, messages, figures);
        long before = Memory();
        (double indexed, double merged) = await store.IndexAsync();
        figures.Print($"{messages:N0} messages: making the index", $"{indexed,8:N1} s, and {merged:N1} s until it is merged");
        figures.Print($"{messages:N0} messages: the index", $"{store.Items.Search.Status.Octets >> 20,8:N0} MB");
        figures.Print($"{messages:N0} messages: memory that indexing took", $"{(Memory() - before) >> 20,8:N0} MB");
        int queries = (int)arguments.Number("queries", 100);
        string kind = arguments.Text("kind", "");
        await MeasureKindsAsync(store.Items, [store.Large], text, queries, kind, $"1 mailbox of {messages:N0}", scan, figures);
        await MeasureKindsAsync(store.Items, store.Small, text, queries, kind, $"mailboxes of {store.Small[0].Exists:N0} in {messages:N0}", null, figures);
        figures.Print($"{messages:N0} messages: memory that indexing and searching took", $"{(Memory() - before) >> 20,8:N0} MB");
        GCMemoryInfo managed = GC.GetGCMemoryInfo();
        figures.Print(
            $"{messages:N0} messages: resident memory",
            $"{Environment.WorkingSet >> 20,8:N0} MB, the heap with {managed.HeapSizeBytes >> 20:N0} of {managed.TotalCommittedBytes >> 20:N0} MB, SQLite with {SQLitePCL.raw.sqlite3_memory_used() >> 20:N0} MB");
    }

    /// <summary>The milliseconds of a search that reads every message, from one over a part of a large mailbox.</summary>
    private static async Task<double> MeasureScanAsync(SearchStore store, MailText text, int messages, Figures figures)
    {
        uint[] some = [.. Enumerable.Range(1, Math.Min(10_000, messages)).Select(uid => (uint)uid)];
        double time = await Figures.MedianAsync(
            3, _ => store.Items.SearchAsync(store.Large.Id, new TextQuery(SearchField.Text, text.Word(text.Rank(300, 100_000))), some).AsTask());
        figures.Print($"without index, {some.Length:N0} messages", $"{time,8:N0} ms");
        return time * messages / some.Length;
    }

    private static async Task MeasureKindsAsync(
        ItemStore store, Folder[] inboxes, MailText text, int queries, string only, string of, double? scan, Figures figures)
    {
        var all = new List<Percentiles>();
        var allProcessor = new List<Percentiles>();
        // Whoever opened a mailbox has searched it before, and the first query after a start is another matter.
        long started = Stopwatch.GetTimestamp();
        await store.SearchAsync(inboxes[0].Id, new TextQuery(SearchField.Text, text.Word(30)));
        figures.Print($"{of}: the first search", $"{Stopwatch.GetElapsedTime(started).TotalMilliseconds,8:N1} ms");
        foreach ((string kind, Func<SearchQuery> next) in new SearchQueries(text).Kinds)
        {
            if (!kind.Contains(only, StringComparison.Ordinal))
                continue;
            (Percentiles times, Percentiles processor, long found) = await TimeAsync(store, inboxes, next, queries);
            all.Add(times);
            allProcessor.Add(processor);
            figures.PrintAgainst(
                $"{of}: {kind}",
                $"{times} (processor {processor.Median:N1} and {processor.At(95):N1}), {found / queries:N0} found{(scan is { } whole ? $", {whole / times.Median:N0} times as quick as without index" : "")}",
                $"p95 below {Aim} ms", times.At(95) < Aim);
        }
        var mixed = Percentiles.Of(all);
        var mixedProcessor = Percentiles.Of(allProcessor);
        figures.PrintAgainst(
            $"{of}: all of these", $"{mixed} (processor {mixedProcessor.Median:N1} and {mixedProcessor.At(95):N1})", $"p95 below {Aim} ms",
            mixed.At(95) < Aim);
    }

    /// <summary>Times queries, in turns over the mailboxes, and the processor's time of each, which a busy machine changes less.</summary>
    public static async Task<(Percentiles Times, Percentiles Processor, long Found)> TimeAsync(ItemStore store, Folder[] inboxes, Func<SearchQuery> next, int queries)
    {
        var times = new List<double>();
        var processor = new List<double>();
        long found = 0;
        for (int i = 0; i < queries; i++)
        {
            SearchQuery query = next();
            TimeSpan used = Environment.CpuUsage.TotalTime;
            long started = Stopwatch.GetTimestamp();
            found += (await store.SearchAsync(inboxes[i % inboxes.Length].Id, query)).Count;
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            processor.Add((Environment.CpuUsage.TotalTime - used).TotalMilliseconds);
        }
        return (new Percentiles(times), new Percentiles(processor), found);
    }

    private static long Memory()
    {
        GC.Collect();
        return Environment.WorkingSet;
    }
}
