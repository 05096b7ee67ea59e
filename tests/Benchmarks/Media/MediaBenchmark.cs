using System.Diagnostics;
using System.Globalization;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Benchmarks.Media;

/// <summary>
/// Many calls at once in a process of their own, each of 50 packets a second both ways as asked: every packet is accounted for, and what
/// the process uses is its own. Options: what (record, play, both, or all), calls (for record 1000,2000,4000; for the others 2000), seconds
/// (measured, 10), codec (PCMU), protection (none), keys (events, or inband for calls that agreed to none), receiver (auto, epoll, sockets),
/// folder.
/// </summary>
internal static class MediaBenchmark
{
    private const double WarmSeconds = 3;
    private const double MostOfACorePer1000 = 20;
    private const double MostMegabytes = 250;
    private const double MostAllocatedPerSecond = 1e6;
    private const int MostDelayMilliseconds = 20;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("The sender uses sendmmsg, which Linux has");
        var figures = new Figures();
        foreach (var what in arguments.Text("what", "all") is var asked && asked == "all" ? ["record", "play", "both"] : asked.Split(','))
        {
            foreach (var calls in what == "record" ? arguments.Numbers("calls", 1000, 2000, 4000) : arguments.Numbers("calls", 2000))
                await MeasureAsync(figures, arguments, what, calls);
        }
        return figures.ExitCode;
    }

    private static async Task MeasureAsync(Figures figures, Arguments arguments, string what, int calls)
    {
        var folder = Directory.CreateDirectory(Path.Combine(arguments.Folder(), $"um-media-{Guid.NewGuid():n}")).FullName;
        try
        {
            // In memory: the sender must not wait for the disk when the recordings are synced.
            var timesPath = Path.Combine("/dev/shm", Path.GetFileName(folder));
            using var times = SendTimes.Create(timesPath, calls);
            var codec = MediaServer.Codec(arguments);
            var protection = arguments.Text("protection", "none");
            using var load = new CallLoad(codec, Protection.Of(protection), times, calls);
            await using var server = new MediaServerProcess(
                $"codec={codec.Name}", $"protection={protection}", $"receiver={arguments.Text("receiver", "auto")}", $"keys={arguments.Text("keys", "events")}", $"folder={folder}", $"times={timesPath}");
            load.Receive();
            var ports = await server.OpenAsync(calls, what, load.Port);
            var seconds = arguments.Number("seconds", 10);
            if (what != "play")
                load.Prepare(calls, Packets(seconds));
            var run = await RunAsync(server, load, ports, what, seconds);
            Console.WriteLine($"{what}, {calls} calls of {codec.Name}, protection {protection}, {seconds:0} s, load average {LoadAverage()}");
            Print(figures, run, what, calls, seconds);
            var recorded = long.Parse(await server.AskAsync("close"));
            if (what != "play")
                PrintRecordings(figures, run.Sent, recorded, codec.SampleRate, folder, calls);
        }
        finally
        {
            File.Delete(Path.Combine("/dev/shm", Path.GetFileName(folder)));
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Run> RunAsync(MediaServerProcess server, CallLoad load, ushort[] ports, string what, double seconds)
    {
        var sends = what == "play" ? [] : ports;
        var sending = Task.Factory.StartNew(
            () => load.Send(sends, Packets(seconds)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.Delay(TimeSpan.FromSeconds(WarmSeconds));
        await server.AskAsync("reset");
        load.ForgetGaps();
        var before = await server.UseAsync();
        var started = Stopwatch.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(seconds - 0.5));
        var after = await server.UseAsync();
        var took = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var sent = await sending;
        await server.AskAsync("stop");
        return new Run(before, after, await SettleAsync(server, load, sent), took, sent, load.Received, load.WorstGap, load.WorstLateness, load.PutOff);
    }

    private static int Packets(double seconds) => (int)((WarmSeconds + seconds) * 50);

    // What is still under way is waited for as long as more of it comes; what does not come then is lost.
    private static async Task<MediaUse> SettleAsync(MediaServerProcess server, CallLoad load, long sent)
    {
        var last = await server.UseAsync();
        var arrived = load.Received;
        for (var quiet = 0; quiet < 50 && (last.Received < sent || arrived < last.Sent); quiet++)
        {
            await Task.Delay(20);
            var now = await server.UseAsync();
            if (now.Received > last.Received || load.Received > arrived)
                quiet = 0;
            (last, arrived) = (now, load.Received);
        }
        return last;
    }

    private static void Print(Figures figures, Run run, string what, int calls, double seconds)
    {
        var processor = (run.After.Processor - run.Before.Processor) / 1e7 / run.Seconds * 100;
        var allocated = (run.After.Allocated - run.Before.Allocated) / run.Seconds;
        if (what != "play")
        {
            figures.PrintAgainst("  packets sent, received", $"{run.Sent}, {run.Last.Received}", "all", run.Last.Received == run.Sent && run.Last.Lost == 0);
            figures.PrintAgainst(
                "  delay to the recorder, 99.9 % and worst", $"{run.Last.Delay999}, {run.Last.DelayWorst} ms", $"{MostDelayMilliseconds} ms", run.Last.DelayWorst <= MostDelayMilliseconds);
            figures.Print("  lateness of the sender, worst and put off", $"{run.WorstLateness.TotalMilliseconds:0}, {run.PutOff.TotalMilliseconds:0} ms");
        }
        if (what != "record")
        {
            figures.PrintAgainst("  packets played, of them arrived", $"{run.Last.Sent}, {run.Arrived}", "all", run.Arrived == run.Last.Sent);
            var pace = (run.After.Sent - run.Before.Sent) / run.Seconds / calls;
            figures.PrintAgainst("  of them a second for each call", $"{pace:0.00}", "50, but for 1 % that the ends of the time take", pace is > 49.5 and < 50.5);
            figures.Print("  longest time between two packets beyond 20 ms", $"{run.WorstGap.TotalMilliseconds:0} ms");
        }
        figures.PrintAgainst(
            "  processor", $"{processor:0} % of a core, {processor / calls * 1000:0.0} % per 1,000 calls", $"{MostOfACorePer1000} %",
            what == "both" || processor / calls * 1000 <= MostOfACorePer1000);
        figures.PrintAgainst("  resident memory", $"{run.Last.Resident / 1e6:0} MB", $"{MostMegabytes} MB", run.Last.Resident / 1e6 <= MostMegabytes);
        figures.PrintAgainst(
            "  allocated", $"{allocated / 1e6:0.00} MB/s, {run.After.Collections - run.Before.Collections} collections", $"{MostAllocatedPerSecond / 1e6:0} MB/s",
            allocated <= MostAllocatedPerSecond);
    }

    private static void PrintRecordings(Figures figures, long sent, long recorded, int sampleRate, string folder, int calls)
    {
        figures.PrintAgainst(
            "  samples sent, in the files", $"{sent * sampleRate / 50}, {recorded}", "all", recorded == sent * sampleRate / 50);
        var speech = CallLoad.Speech(sampleRate);
        var worst = new[] { 0, calls / 2, calls - 1 }.Min(call =>
        {
            var file = WavFile.ReadAsync(Path.Combine(folder, $"{call}.wav"), CancellationToken.None).Result;
            return AudioComparison.Compare(new AudioClip(speech.Samples[..Math.Min(speech.Samples.Length, file.Samples.Length)], sampleRate), file).Correlation;
        });
        figures.PrintAgainst("  correlation of three files with what was sent", $"{worst:0.000}", "0.99", worst >= 0.99);
    }

    private static string LoadAverage() => File.ReadAllText("/proc/loadavg").Split(' ')[0].ToString(CultureInfo.InvariantCulture);

    private sealed record Run(
        MediaUse Before, MediaUse After, MediaUse Last, double Seconds, long Sent, long Arrived, TimeSpan WorstGap, TimeSpan WorstLateness, TimeSpan PutOff);
}
