using System.Diagnostics;

namespace UnifiedMsg.Benchmarks.Media;

/// <summary>
/// Calls that come and go for long, each recorded and played to, in a process of their own: what it holds (memory, descriptors, threads,
/// ports that can't be had again) must not grow. Options: minutes (60), calls (at once, 500), seconds (of a call, from a third of it to
/// the whole, 30), codec, protection, receiver, folder.
/// </summary>
internal static class MediaSoak
{
    // The first part fills pools and compiles what is hot.
    private const double WarmShare = 0.2;
    private const double MostGrowth = 1.1;

    // A pair of ports for each call, and as many that rest or are about to.
    private const int PortsPerCall = 6;
    private const int FirstPort = 30_000;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var figures = new Figures();
        var calls = (int)arguments.Number("calls", 500);
        var minutes = arguments.Number("minutes", 60);
        var folder = Directory.CreateDirectory(Path.Combine(arguments.Folder(), $"um-media-{Guid.NewGuid():n}")).FullName;
        try
        {
            using var times = SendTimes.Create(Path.Combine(folder, "times"), calls);
            var codec = MediaServer.Codec(arguments);
            var protection = arguments.Text("protection", "none");
            using var load = new CallLoad(codec, Protection.Of(protection), times, calls);
            load.Receive();
            await using var server = new MediaServerProcess(
                $"codec={codec.Name}", $"protection={protection}", $"receiver={arguments.Text("receiver", "auto")}", $"folder={folder}",
                $"first={FirstPort}", $"last={FirstPort + PortsPerCall * calls - 1}");
            await RunAsync(figures, server, load, calls, TimeSpan.FromMinutes(minutes), arguments.Number("seconds", 30));
            return figures.ExitCode;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task RunAsync(Figures figures, MediaServerProcess server, CallLoad load, int calls, TimeSpan time, double seconds)
    {
        var slots = new ushort[calls];
        await server.AskAsync($"slots {calls}");
        using var sending = load.SendWhileOpen(slots);
        var started = Stopwatch.GetTimestamp();
        var ends = new double[calls];
        var samples = new List<SoakSample>();
        long opened = 0, refused = 0;
        for (var nextSample = 0.0; Stopwatch.GetElapsedTime(started) < time;)
        {
            var now = Stopwatch.GetElapsedTime(started).TotalSeconds;
            for (var slot = 0; slot < calls; slot++)
            {
                // At the beginning they come one after the other, over the time of a call.
                if (slots[slot] == 0 ? now < ends[slot] || now < seconds * slot / calls : now < ends[slot])
                    continue;
                var port = ushort.Parse(await server.AskAsync($"replace {slot} {load.Port}"));
                Volatile.Write(ref slots[slot], port);
                ends[slot] = now + seconds * (1 + 2 * Random.Shared.NextDouble()) / 3;
                _ = port == 0 ? refused++ : opened++;
            }
            if (now >= nextSample)
            {
                samples.Add(SoakSample.Of(server.Id, now));
                Console.WriteLine($"{now,6:0} s   {opened} calls   {samples[^1]}");
                nextSample += Math.Max(5, time.TotalSeconds / 60);
            }
            await Task.Delay(50);
        }
        await server.AskAsync("close");
        var use = await server.UseAsync();
        Print(figures, samples, opened, refused, use, time);
    }

    private static void Print(Figures figures, List<SoakSample> samples, long opened, long refused, MediaUse use, TimeSpan time)
    {
        var steady = samples.Skip((int)(samples.Count * WarmShare)).ToList();
        var (first, last) = (steady[..(steady.Count / 2)], steady[(steady.Count / 2)..]);
        figures.PrintAgainst("calls, refused for want of a port", $"{opened}, {refused}", "0 refused", refused == 0);
        Compare("resident memory, MB", sample => sample.Resident / 1e6);
        Compare("descriptors", sample => sample.Descriptors);
        Compare("threads", sample => sample.Threads);
        figures.Print("processor", $"{use.Processor / 1e7 / time.TotalSeconds * 100:0} % of a core");
        figures.Print("allocated", $"{use.Allocated / 1e6 / time.TotalSeconds:0.00} MB/s, {use.Allocated / 1e3 / Math.Max(1, opened):0} KB a call");

        void Compare(string what, Func<SoakSample, double> figure)
        {
            var (before, after) = (first.Average(figure), last.Average(figure));
            figures.PrintAgainst(
                $"{what}, first half and last", $"{before:0.0}, {after:0.0}", $"no growth beyond {(MostGrowth - 1) * 100:0} %", after <= before * MostGrowth);
        }
    }

    private readonly record struct SoakSample(double At, long Resident, int Descriptors, int Threads)
    {
        public static SoakSample Of(int process, double at)
        {
            using var server = Process.GetProcessById(process);
            return new SoakSample(at, server.WorkingSet64, Directory.GetFiles($"/proc/{process}/fd").Length, server.Threads.Count);
        }

        public override string ToString() => $"{Resident / 1e6:0.0} MB, {Descriptors} descriptors, {Threads} threads";
    }
}
