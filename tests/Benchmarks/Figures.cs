using System.Diagnostics;

namespace UnifiedMsg.Benchmarks;

/// <summary>Measured figures, printed as a table and compared with their aims.</summary>
internal sealed class Figures
{
    private int _missed;

    /// <summary>0 when no aim was missed.</summary>
    public int ExitCode => _missed == 0 ? 0 : 1;

    public void Print(string what, string figure) => Console.WriteLine($"{what,-58}{figure}");

    public void PrintAgainst(string what, string figure, string aim, bool met)
    {
        if (!met)
            _missed++;
        Print(what, $"{figure}   (aim: {aim}{(met ? "" : ", MISSED")})");
    }

    /// <summary>The median of some runs, in milliseconds.</summary>
    public static async Task<double> MedianAsync(int runs, Func<int, Task> run)
    {
        var times = new List<double>();
        for (int i = 0; i < runs; i++)
        {
            long started = Stopwatch.GetTimestamp();
            await run(i);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        times.Sort();
        return times[times.Count / 2];
    }

    /// <summary>How many times a second some clients, each one after the other, did <paramref name="work"/>, and the processor time of
    /// each time in microseconds, which a busy machine does not change.</summary>
    public static async Task<Rate> RateAsync(int clients, TimeSpan duration, Func<int, int, Task> work)
    {
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long started = Stopwatch.GetTimestamp();
        int[] counts = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            int count = 0;
            for (; Stopwatch.GetElapsedTime(started) < duration; count++)
                await work(client, count);
            return count;
        })));
        return new Rate(
            counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds,
            (Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / counts.Sum());
    }
}

/// <summary>A measured rate.</summary>
internal readonly record struct Rate(double PerSecond, double ProcessorMicroseconds);
