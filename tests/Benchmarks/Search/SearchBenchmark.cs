using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Search;

namespace UnifiedMsg.Benchmarks.Search;

/// <summary>Search with and without index. Options: messages (of each store), queries (of each kind), small (messages of a small mailbox),
/// folder (where the data goes).</summary>
internal static class SearchBenchmark
{
    private const double Aim = 100;
    private const int Accounts = 1 + SmallMailboxes;
    private const int SmallMailboxes = 20;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var figures = new Figures();
        foreach (int messages in arguments.Numbers("messages", 10_000, 1_000_000))
        {
            string folder = Path.Combine(arguments.Folder(), $"unifiedmsg-benchmark-{Guid.NewGuid():N}");
            try
            {
                await MeasureAsync(arguments, folder, messages, figures);
            }
            finally
            {
                System.IO.Directory.Delete(folder, recursive: true);
            }
        }
        return figures.ExitCode;
    }

    private static async Task MeasureAsync(Arguments arguments, string folder, int messages, Figures figures)
    {
        await using SqliteDatabase database = await SqliteDatabase.OpenAsync(
            new SqliteOptions { Path = Path.Combine(folder, "unifiedmsg.db") }, [StoreSchema.Migrations], NullLoggerFactory.Instance, TimeProvider.System);
        await using ItemStore store = await ItemStore.OpenAsync(
            database, new StoreOptions { BlobFolder = Path.Combine(folder, "blobs") }, NullLoggerFactory.Instance, TimeProvider.System);
        var text = new MailText(1);
        Folder[] inboxes = await FillAsync(database, store, text, messages, (int)arguments.Number("small", 1000));
        figures.Print($"{messages:N0} messages: the database", $"{new FileInfo(Path.Combine(folder, "unifiedmsg.db")).Length >> 20,8:N0} MB");

        double scan = await MeasureScanAsync(store, inboxes[0], text, messages, figures);
        long before = Memory();
        long started = Stopwatch.GetTimestamp();
        store.Search.Start(new SearchOptions { File = Path.Combine(folder, "search.db"), Pace = 100 });
        await store.Search.CatchUpAsync(CancellationToken.None);
        figures.Print($"{messages:N0} messages: building the index", $"{Stopwatch.GetElapsedTime(started).TotalSeconds,8:N1} s");
        figures.Print($"{messages:N0} messages: the index", $"{store.Search.Status.Octets >> 20,8:N0} MB");
        int queries = (int)arguments.Number("queries", 200);
        string of = $"1 mailbox of {messages:N0}";
        await MeasureKindsAsync(store, [inboxes[0]], text, queries, of, scan, figures);
        await MeasureKindsAsync(store, inboxes[1..], text, queries, $"mailboxes of {inboxes[1].Exists:N0} in {messages:N0}", null, figures);
        figures.Print($"{messages:N0} messages: memory that indexing and searching took", $"{(Memory() - before) >> 20,8:N0} MB");
    }

    // The first mailbox has everything; the others have some of it each, as if those messages had gone to several people.
    private static async Task<Folder[]> FillAsync(SqliteDatabase database, ItemStore store, MailText text, int messages, int small)
    {
        var inboxes = new Folder[Accounts];
        for (int i = 0; i < Accounts; i++)
        {
            await store.ProvisionAsync(i + 1);
            inboxes[i] = (await store.FindFolderAsync(i + 1, "INBOX"))!;
        }
        int inSmall = Math.Min(messages, small * SmallMailboxes);
        for (int done = 0; done < messages;)
        {
            var staged = new List<StagedContent>();
            for (; staged.Count < 500 && done + staged.Count < messages;)
                staged.Add(await store.StageAsync(new MemoryStream(text.Message(done + staged.Count)), 1 << 20));
            await database.WriteAsync(async session =>
            {
                foreach (StagedContent content in staged)
                {
                    await store.AppendAsync(session, inboxes[0].Id, content, new NewItem());
                    if (text.Below(messages) < inSmall)
                        await store.AppendAsync(session, inboxes[1 + text.Below(SmallMailboxes)].Id, content, new NewItem());
                }
                return 0;
            });
            done += staged.Count;
            foreach (StagedContent content in staged)
                await content.DisposeAsync();
        }
        for (int i = 0; i < Accounts; i++)
            inboxes[i] = (await store.FindFolderAsync(inboxes[i].Id))!;
        return inboxes;
    }

    /// <summary>The milliseconds of a search that reads every message, from one over a part of a large mailbox.</summary>
    private static async Task<double> MeasureScanAsync(ItemStore store, Folder inbox, MailText text, int messages, Figures figures)
    {
        uint[] some = [.. Enumerable.Range(1, Math.Min(10_000, messages)).Select(uid => (uint)uid)];
        double time = await Figures.MedianAsync(
            5, _ => store.SearchAsync(inbox.Id, new TextQuery(SearchField.Text, text.Word(text.Rank(300, 100_000))), some).AsTask());
        figures.Print($"without index, {some.Length:N0} messages", $"{time,8:N0} ms");
        return time * messages / some.Length;
    }

    private static async Task MeasureKindsAsync(ItemStore store, Folder[] inboxes, MailText text, int queries, string of, double? scan, Figures figures)
    {
        (string Kind, Func<SearchQuery> Next)[] kinds =
        [
            ("a word", () => new TextQuery(SearchField.Body, text.Word(text.Rank(300, 100_000)), SearchMatch.Words)),
            ("its characters anywhere in the text", () => new TextQuery(SearchField.Text, text.Word(text.Rank(300, 100_000)))),
            ("three to six characters of a word", () => Piece(text, 3, 6)),
            ("two words in a row", () => new TextQuery(SearchField.Body, $"{text.Word(text.Rank(10, 3000))} {text.Word(text.Rank(10, 3000))}")),
            ("a sender", () => new TextQuery(SearchField.From, text.Word(1000 + text.Below(5000)))),
            ("a subject and not a sender", () => new AllOfQuery([
                new TextQuery(SearchField.Subject, text.Word(text.Rank(300, 30_000))), new NotQuery(new TextQuery(SearchField.From, text.Word(1000 + text.Below(5000))))])),
            ("what nobody wrote", () => new TextQuery(SearchField.Text, "qqxqq" + text.Below(1000))),
        ];
        var all = new List<double>();
        foreach ((string kind, Func<SearchQuery> next) in kinds)
        {
            (Percentiles times, long found) = await TimeAsync(store, inboxes, next, queries);
            all.AddRange(Enumerable.Range(0, times.Count).Select(i => times.At(100.0 * (i + 1) / times.Count)));
            figures.Print($"{of}: {kind}", $"{times}, {found / queries:N0} found{(scan is { } whole ? $", {whole / times.Median:N0} times as quick as without index" : "")}");
        }
        var mixed = new Percentiles(all);
        figures.PrintAgainst($"{of}: all of these", $"{mixed}", $"p95 below {Aim} ms", mixed.At(95) < Aim);
        foreach ((string kind, Func<SearchQuery> next, int count) in new (string, Func<SearchQuery>, int)[]
        {
            ("  not in it: a word in a third of all", () => new TextQuery(SearchField.Text, text.Word(20 + text.Below(20))), 10),
            ("  not in it: two characters", () => Piece(text, 2, 2), inboxes[0].Exists > 20_000 ? 1 : 5),
        })
        {
            (Percentiles times, long found) = await TimeAsync(store, inboxes, next, count);
            figures.Print($"{of}:{kind}", $"{times}, {found / count:N0} found");
        }
    }

    private static TextQuery Piece(MailText text, int least, int most)
    {
        string word;
        do
            word = text.Word(text.Rank(300, 100_000));
        while (word.Length < most);
        int length = least + text.Below(most - least + 1);
        return new TextQuery(SearchField.Body, word.Substring(text.Below(word.Length - length + 1), length));
    }

    private static async Task<(Percentiles Times, long Found)> TimeAsync(ItemStore store, Folder[] inboxes, Func<SearchQuery> next, int queries)
    {
        var times = new List<double>();
        long found = 0;
        for (int i = 0; i < queries; i++)
        {
            SearchQuery query = next();
            long started = Stopwatch.GetTimestamp();
            found += (await store.SearchAsync(inboxes[i % inboxes.Length].Id, query)).Count;
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        return (new Percentiles(times), found);
    }

    private static long Memory()
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
