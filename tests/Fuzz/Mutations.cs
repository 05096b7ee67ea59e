using System.Diagnostics;

namespace UnifiedMsg.Fuzz;

/// <summary>A parser under test: must return, whatever the octets.</summary>
public delegate void FuzzTarget(ReadOnlySpan<byte> input);

/// <summary>
/// Runs a target over its corpus and over inputs made from it by a fixed seed, so that a failure repeats. The same targets
/// can be given to a coverage-guided fuzzer.
/// </summary>
public static class Mutations
{
    /// <summary>Set to a number of seconds, it has each target run for so long with inputs that were never tried before.</summary>
    private const string LongRun = "UNIFIEDMSG_FUZZ_SECONDS";

    private const int Seed = 20260101;

    /// <summary>Inputs of a long run that others are made from, beside the corpus.</summary>
    private const int MaxPool = 2_000;

    private const int MaxInput = 64 * 1024;

    /// <summary>What one input may take; a machine under load stops a process for a second now and then.</summary>
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(10);

    /// <summary>What may be left in memory after a long run: nothing but the pool, and what the runtime keeps for itself.</summary>
    private const long MaxGrowth = 64 * 1024 * 1024;

    /// <summary>
    /// Runs the corpus and <paramref name="count"/> mutated inputs, or as many as a long run takes; a failure names the input in
    /// hexadecimal, a long run also fails over an input that hangs, and over memory that grows.
    /// </summary>
    public static void Run(FuzzTarget target, IReadOnlyList<byte[]> corpus, int count)
    {
        foreach (var input in corpus) RunOne(target, input);
        if (int.TryParse(Environment.GetEnvironmentVariable(LongRun), out var seconds))
        {
            RunLong(target, corpus, TimeSpan.FromSeconds(seconds));
            return;
        }

        var random = new Random(Seed);
        for (var i = 0; i < count; i++) RunOne(target, Mutate(random, corpus));
    }

    private static void RunLong(FuzzTarget target, IReadOnlyList<byte[]> corpus, TimeSpan duration)
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var pool = corpus.ToList();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var started = Stopwatch.GetTimestamp();
        var count = 0L;
        for (; Stopwatch.GetElapsedTime(started) < duration; count++)
        {
            var input = Mutate(random, pool);
            var began = Stopwatch.GetTimestamp();
            RunOne(target, input);
            if (Stopwatch.GetElapsedTime(began) > Hang)
                throw new TimeoutException($"Hung on {Convert.ToHexString(input)}");
            // Mutations of mutations go where those of the corpus alone would not.
            if (count % 64 == 0 && input.Length is > 0 and < MaxInput)
                Keep(pool, corpus.Count, input, random);
        }

        pool.Clear();
        var growth = GC.GetTotalMemory(forceFullCollection: true) - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{count} inputs, seed {seed}, {growth / 1024} KiB more in memory");
        Assert.True(growth < MaxGrowth, $"{growth} octets more in memory after {count} inputs, seed {seed}");
    }

    private static void Keep(List<byte[]> pool, int corpus, byte[] input, Random random)
    {
        if (pool.Count < corpus + MaxPool)
            pool.Add(input);
        else
            pool[corpus + random.Next(MaxPool)] = input;
    }

    private static void RunOne(FuzzTarget target, byte[] input)
    {
        try
        {
            target(input);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Failed on {Convert.ToHexString(input)}", e);
        }
    }

    private static byte[] Mutate(Random random, IReadOnlyList<byte[]> corpus)
    {
        var input = corpus[random.Next(corpus.Count)].ToList();
        for (var i = random.Next(1, 6); i > 0; i--)
        {
            var at = random.Next(input.Count + 1);
            switch (random.Next(6))
            {
                case 0 when at < input.Count:
                    input[at] = (byte)random.Next(256);
                    break;
                case 1:
                    input.Insert(at, (byte)random.Next(256));
                    break;
                case 2 when at < input.Count:
                    input.RemoveRange(at, random.Next(1, Math.Min(16, input.Count - at) + 1));
                    break;
                case 3:
                    input.InsertRange(at, input.GetRange(0, random.Next(Math.Min(64, input.Count) + 1)));
                    break;
                case 4:
                    var other = corpus[random.Next(corpus.Count)];
                    var from = random.Next(other.Length + 1);
                    input.InsertRange(at, other.AsSpan(from, random.Next(Math.Min(64, other.Length - from) + 1)).ToArray());
                    break;
                case 5:
                    input.RemoveRange(at, input.Count - at);
                    break;
            }
        }

        return [.. input];
    }
}
