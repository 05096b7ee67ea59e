using UnifiedMsg.Benchmarks;
using UnifiedMsg.Benchmarks.Call;
using UnifiedMsg.Benchmarks.Media;
using UnifiedMsg.Benchmarks.Search;
using UnifiedMsg.Benchmarks.Sip;
using UnifiedMsg.Benchmarks.Srtp;
using UnifiedMsg.Benchmarks.Store;

// Each benchmark: its name, what it measures, and the method. It returns 0 when every aim was met, else 1.
(string Name, string Measures, Func<Arguments, Task<int>> Run)[] benchmarks =
[
    ("store", "durable appends beside a bare loop, flags, opening folders of several sizes", StoreBenchmark.RunAsync),
    ("cost", "what each operation costs in mailboxes of several sizes, and memory, as a table", CostBenchmark.RunAsync),
    ("postgresql", "durable appends on PostgreSQL", PostgreSqlBenchmark.RunAsync),
    ("postgresql-backup", "backups of PostgreSQL, and what following costs", PostgreSqlBackupBenchmark.RunAsync),
    ("search", "words, phrases, pieces of words and combinations in large and small mailboxes, the index's size and making", SearchBenchmark.RunAsync),
    ("search-postgresql", "search on PostgreSQL beside reading the messages, the index's size and making", PostgreSqlSearchBenchmark.RunAsync),
    ("call", "INVITE to 200, hang-up to new message at an idling mail client and to the lamp, on the whole product", CallBenchmark.RunAsync),
    ("sip", "call set-ups per second with sipp beside sipp's own answerer, the cost of an INVITE, many dialogs at once", SipBenchmark.RunAsync),
    ("codecs", "time and memory of each codec for a frame of 20 ms, of resampling, of hearing keys, vectors beside plain loops", CodecBenchmark.RunAsync),
    ("srtp", "a packet of 20 ms protected and unprotected, for each suite", SrtpBenchmark.RunAsync),
    ("sip-answerer", "the endpoint that sip measures, by itself: writes its port, answers every call, ends with its input", BareAnswerer.RunAsync),
    ("media", "calls recorded, played to, and both at once: every packet, processor, memory, delays", MediaBenchmark.RunAsync),
    ("media-soak", "calls coming and going for an hour: no growth of memory, handles or ports", MediaSoak.RunAsync),
    ("media-server", "the process that media and media-soak measure, by itself: obeys lines of its input, ends with it", MediaServer.RunAsync),
];

string? name = args.FirstOrDefault();
foreach (var benchmark in benchmarks)
{
    if (benchmark.Name == name)
        return await benchmark.Run(new Arguments(args.Skip(1)));
}
Console.Error.WriteLine("Usage: dotnet run -c Release --project tests/Benchmarks -- NAME [OPTION=VALUE …]");
foreach (var benchmark in benchmarks)
    Console.Error.WriteLine($"  {benchmark.Name,-19}{benchmark.Measures}");
return 2;
