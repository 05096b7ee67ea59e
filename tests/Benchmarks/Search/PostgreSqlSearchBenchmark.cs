using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Search;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Benchmarks.Search;

/// <summary>Search on PostgreSQL, a server of the benchmark's own, with the index and beside reading the messages. Options: messages (of each
/// store), queries (of each kind), read (messages that are read without the index), folder (of large contents).</summary>
internal static class PostgreSqlSearchBenchmark
{
    private const int ContentsPerUnit = 200;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var figures = new Figures();
        await using PostgreSqlCluster cluster = await PostgreSqlCluster.StartAsync();
        foreach (int messages in arguments.Numbers("messages", 10_000, 30_000))
        {
            string folder = Path.Combine(arguments.Folder(), $"unifiedmsg-benchmark-{Guid.NewGuid():N}");
            System.IO.Directory.CreateDirectory(folder);
            await using DatabaseHome home = await DatabaseHome.CreateAsync(Engine.PostgreSql, folder, cluster);
            await MeasureAsync(arguments, home, messages, figures);
        }
        return figures.ExitCode;
    }

    private static async Task MeasureAsync(Arguments arguments, DatabaseHome home, int messages, Figures figures)
    {
        await using IDatabase database = await home.OpenAsync([StoreSchema.Migrations]);
        await using ItemStore store = await ItemStore.OpenAsync(
            database, new StoreOptions { BlobFolder = Path.Combine(home.Folder, "blobs") }, NullLoggerFactory.Instance, TimeProvider.System);
        await store.ProvisionAsync(1);
        Folder inbox = (await store.FindFolderAsync(1, "INBOX"))!;
        var text = new MailText(1);
        await FillAsync(database, store, inbox, text, messages);
        long size = await database.ReadAsync(session => session.QueryLongAsync("SELECT pg_database_size(current_database())")) ?? 0;
        figures.Print($"{messages:N0} messages: load average", $"{Load()}");
        figures.Print($"{messages:N0} messages: the database", $"{size >> 20,8:N0} MB");
        double perMessage = await MeasureReadingAsync(store, inbox, text, Math.Min(messages, (int)arguments.Number("read", 1000)), figures);

        ServerProcesses server = await ServerProcesses.FindAsync(database);
        TimeSpan before = server.Read().Processor;
        long started = Stopwatch.GetTimestamp();
        store.Search.Start(new SearchOptions { File = "", Pace = 100 });
        do
            await store.Search.CatchUpAsync(CancellationToken.None);
        while (store.Search.Status.Behind > 0);
        while (!store.Search.Status.IsTidy)
            await Task.Delay(50);
        figures.Print($"{messages:N0} messages: making the index", $"{Stopwatch.GetElapsedTime(started).TotalSeconds,8:N1} s, processor of PostgreSQL {(server.Read().Processor - before).TotalSeconds:N1} s");
        figures.Print($"{messages:N0} messages: the index", $"{store.Search.Status.Octets >> 20,8:N0} MB");
        int queries = (int)arguments.Number("queries", 50);
        var all = new List<double>();
        var allProcessor = new List<double>();
        foreach ((string kind, Func<SearchQuery> next) in Kinds(text))
        {
            Timed timed = await TimeAsync(database, store, inbox, next, queries);
            all.AddRange(timed.Times);
            allProcessor.AddRange(timed.Processor);
            var percentiles = new Percentiles(timed.Times);
            figures.Print(
                $"{messages:N0} messages: {kind}",
                $"{percentiles}, {timed.Found / queries:N0} found, {perMessage * messages / percentiles.Median:N0} times as quick as reading all");
            figures.Print("  processor of both", $"{new Percentiles(timed.Processor)}, of PostgreSQL {timed.Server.Processor.TotalMilliseconds / queries:N2} ms in the mean");
            figures.Print("  turns to the server", $"{(double)timed.Server.Turns / queries:N1}");
        }
        figures.Print($"{messages:N0} messages: all of these", $"{new Percentiles(all)}");
        figures.Print("  processor of both", $"{new Percentiles(allProcessor)}");
        figures.Print($"{messages:N0} messages: load average", $"{Load()}");
    }

    private static (string Kind, Func<SearchQuery> Next)[] Kinds(MailText text) =>
    [
        ("a word", () => new TextQuery(SearchField.Body, text.Word(text.Rank(300, 100_000)), SearchMatch.Words)),
        ("its characters anywhere in the text", () => new TextQuery(SearchField.Text, text.Word(text.Rank(300, 100_000)))),
        ("four characters of a word", () => Piece(text, 4)),
        ("two words in a row", () => new TextQuery(SearchField.Body, $"{text.Word(text.Rank(10, 3000))} {text.Word(text.Rank(10, 3000))}")),
        ("a sender", () => new TextQuery(SearchField.From, text.Word(1000 + text.Below(5000)))),
        ("what nobody wrote", () => new TextQuery(SearchField.Text, "qqxqq" + text.Below(1000))),
    ];

    private static TextQuery Piece(MailText text, int length)
    {
        string word;
        do
            word = text.Word(text.Rank(300, 100_000));
        while (word.Length < length);
        return new TextQuery(SearchField.Body, word.Substring(text.Below(word.Length - length + 1), length));
    }

    private static async Task FillAsync(IDatabase database, ItemStore store, Folder inbox, MailText text, int messages)
    {
        for (int done = 0; done < messages;)
        {
            var staged = new List<StagedContent>();
            while (staged.Count < ContentsPerUnit && done + staged.Count < messages)
                staged.Add(await store.StageAsync(new MemoryStream(text.Message(done + staged.Count)), 1 << 20));
            await database.WriteAsync(async session =>
            {
                foreach (StagedContent content in staged)
                    await store.AppendAsync(session, inbox.Id, content, new NewItem());
                return 0;
            });
            done += staged.Count;
            foreach (StagedContent content in staged)
                await content.DisposeAsync();
        }
    }

    /// <summary>The milliseconds that reading takes for each message.</summary>
    private static async Task<double> MeasureReadingAsync(ItemStore store, Folder inbox, MailText text, int count, Figures figures)
    {
        uint[] some = [.. Enumerable.Range(1, count).Select(uid => (uint)uid)];
        double time = await Figures.MedianAsync(
            3, _ => store.SearchAsync(inbox.Id, new TextQuery(SearchField.Text, text.Word(text.Rank(300, 100_000))), some).AsTask());
        figures.Print($"reading {count:N0} messages", $"{time,8:N0} ms");
        return time / count;
    }

    private static async Task<Timed> TimeAsync(IDatabase database, ItemStore store, Folder inbox, Func<SearchQuery> next, int queries)
    {
        ServerProcesses server = await ServerProcesses.FindAsync(database);
        ServerWork began = server.Read();
        var times = new List<double>();
        var processor = new List<double>();
        long found = 0;
        for (int i = 0; i < queries; i++)
        {
            SearchQuery query = next();
            TimeSpan before = server.Read().Processor + Environment.CpuUsage.TotalTime;
            long started = Stopwatch.GetTimestamp();
            found += (await store.SearchAsync(inbox.Id, query)).Count;
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            processor.Add((server.Read().Processor + Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
        }
        return new Timed(times, processor, found, server.Read() - began);
    }

    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    /// <summary>Some queries of a kind.</summary>
    /// <param name="Times">Of each, in milliseconds.</param>
    /// <param name="Processor">Time of the processor of each, the server's and ours.</param>
    /// <param name="Found">What they found together.</param>
    /// <param name="Server">What the server did for all of them.</param>
    private sealed record Timed(List<double> Times, List<double> Processor, long Found, ServerWork Server);
}
