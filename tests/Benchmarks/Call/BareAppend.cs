using System.Diagnostics;

namespace UnifiedMsg.Benchmarks.Call;

/// <summary>The yardstick of the delivery: the same octets at the end of a file, synced. Ours syncs the recording, the content, its folder
/// and the database.</summary>
internal static class BareAppend
{
    public static Percentiles Measure(int times, int octets, string folder)
    {
        var content = new byte[octets];
        using var file = File.OpenHandle(Path.Combine(folder, "bare"), FileMode.CreateNew, FileAccess.Write);
        var measured = new List<double>();
        for (var i = 0; i < times; i++)
        {
            Random.Shared.NextBytes(content);
            var started = Stopwatch.GetTimestamp();
            RandomAccess.Write(file, content, (long)i * octets);
            RandomAccess.FlushToDisk(file);
            measured.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        return new Percentiles(measured);
    }
}
