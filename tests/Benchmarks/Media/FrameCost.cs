using System.Diagnostics;

namespace UnifiedMsg.Benchmarks.Media;

/// <summary>What a step costs each time: the quickest of some rounds, as anything else on the machine only adds to it.</summary>
/// <param name="Nanoseconds">Time.</param>
/// <param name="Octets">Memory allocated.</param>
internal readonly record struct FrameCost(double Nanoseconds, double Octets)
{
    private const int Rounds = 15;

    /// <summary>Measures <paramref name="step"/>, which gets the number of the frame.</summary>
    public static FrameCost Of(int frames, Action<int> step)
    {
        var best = double.MaxValue;
        long octets = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var started = Stopwatch.GetTimestamp();
            for (var frame = 0; frame < frames; frame++)
                step(frame);
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalNanoseconds / frames);
            octets = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        return new FrameCost(best, (double)octets / frames);
    }

    public override string ToString() => $"{Nanoseconds,9:0} ns {Octets,6:0} octets";
}
