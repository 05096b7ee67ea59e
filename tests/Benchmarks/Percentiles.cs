namespace UnifiedMsg.Benchmarks;

/// <summary>Some times in milliseconds, in order.</summary>
internal sealed class Percentiles
{
    private readonly double[] _times;

    public Percentiles(IEnumerable<double> milliseconds) => _times = [.. milliseconds.Order()];

    /// <summary>Those of several runs together.</summary>
    public static Percentiles Of(IEnumerable<Percentiles> runs) => new(runs.SelectMany(r => r._times));

    public double Median => At(50);

    public int Count => _times.Length;

    // The nearest rank: a time that really was measured.
    public double At(double percent) => _times[Math.Max(0, (int)Math.Ceiling(percent / 100 * _times.Length) - 1)];

    public override string ToString() => $"p50 {Median,7:0.00}   p95 {At(95),7:0.00}   p99 {At(99),7:0.00} ms";
}
