namespace UnifiedMsg.Fuzz;

/// <summary>A parser under test: must return, whatever the octets.</summary>
public delegate void FuzzTarget(ReadOnlySpan<byte> input);

/// <summary>
/// Runs a target over its corpus and over inputs made from it by a fixed seed, so that a failure repeats. The same targets
/// can be given to a coverage-guided fuzzer.
/// </summary>
public static class Mutations
{
    private const int Seed = 20260101;

    /// <summary>Runs the corpus and <paramref name="count"/> mutated inputs; a failure names the input in hexadecimal.</summary>
    public static void Run(FuzzTarget target, IReadOnlyList<byte[]> corpus, int count)
    {
        var random = new Random(Seed);
        foreach (var input in corpus) RunOne(target, input);
        for (var i = 0; i < count; i++) RunOne(target, Mutate(random, corpus));
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
