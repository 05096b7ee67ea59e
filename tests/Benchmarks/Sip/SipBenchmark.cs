namespace UnifiedMsg.Benchmarks.Sip;

/// <summary>
/// The SIP stack by itself: call set-ups per second (INVITE, 200, ACK, BYE, 200) made by sipp against a bare endpoint in a process of its
/// own and against sipp's own answering scenario, what it costs to read and write an INVITE, and many dialogs at once. Options: rates
/// (of calls per second, 1000,3000), seconds (at each rate, 60), most (looks for the highest rate without a failure, in steps of 500, for
/// 10 s each; 0 leaves that out), dialogs (open at once, 10000; 0 leaves that out).
/// </summary>
internal static class SipBenchmark
{
    private const double MostMillisecondsAt1000 = 5;
    private const int Rounds = 3;
    private static readonly TimeSpan SearchTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RoundTime = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var figures = new Figures();
        MessageCost.Measure(figures);
        if (!SippLoad.IsInstalled)
        {
            Console.WriteLine("The rest is not measured: sipp is not installed (Debian: sip-tester)");
            return figures.ExitCode;
        }
        var folder = Directory.CreateTempSubdirectory("um-sip-benchmark").FullName;
        try
        {
            foreach (var rate in arguments.Numbers("rates", 1000, 3000))
            {
                await MeasureRateAsync(figures, folder, rate, TimeSpan.FromSeconds(arguments.Number("seconds", 60)));
                await CompareAsync(figures, folder, rate);
            }
            if (arguments.Number("most", 1) > 0)
                figures.Print("highest rate without a failure, for 10 s", $"{await SearchAsync(folder)}/s");
            if (arguments.Number("dialogs", 10_000) is > 0 and var dialogs)
                await OpenDialogs.MeasureAsync(figures, folder, (int)dialogs);
            return figures.ExitCode;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureRateAsync(Figures figures, string folder, int rate, TimeSpan time)
    {
        LoadResult ours;
        await using (var answerer = await AnswererProcess.StartAsync())
        {
            ours = await SippLoad.RunAsync(folder, answerer.Port, rate, time);
            var use = await answerer.AskAsync();
            figures.PrintAgainst($"{rate}/s for {time.TotalSeconds:0} s, failed or sent again", $"{ours.Failed}, {ours.Repeated}", "0 failed", ours.Failed == 0);
            figures.PrintAgainst($"{rate}/s, made", $"{ours.PerSecond:0}/s", "the rate", ours.PerSecond >= rate * 0.98);
            var times = ours.Times.ToString();
            if (rate <= 1000)
                figures.PrintAgainst($"{rate}/s, INVITE to 200", times, $"p95 {MostMillisecondsAt1000:0} ms", ours.Times.At(95) <= MostMillisecondsAt1000);
            else
                figures.Print($"{rate}/s, INVITE to 200", times);
            figures.Print($"{rate}/s, the process", $"{use.Processor.TotalSeconds / time.TotalSeconds * 100:0} % of a core, {use.Resident >> 20} MB, {use.Allocated / (double)ours.Made:0} octets allocated a call");
        }
        await using var sipp = await SippAnswererProcess.StartAsync(folder);
        var theirs = await SippLoad.RunAsync(folder, sipp.Port, rate, time);
        figures.Print($"  the same of sipp -sn uas", $"{theirs.Times}, {theirs.Failed} failed");
    }

    /// <summary>In turns, so that what else the machine does meets both.</summary>
    private static async Task CompareAsync(Figures figures, string folder, int rate)
    {
        var (ours, theirs) = (new List<LoadResult>(), new List<LoadResult>());
        for (var round = 0; round < Rounds; round++)
        {
            await using (var answerer = await AnswererProcess.StartAsync())
            {
                PreciseCalls.Run(answerer.Port, rate, WarmUp);
                ours.Add(PreciseCalls.Run(answerer.Port, rate, RoundTime));
            }
            await using var sipp = await SippAnswererProcess.StartAsync(folder);
            PreciseCalls.Run(sipp.Port, rate, WarmUp);
            theirs.Add(PreciseCalls.Run(sipp.Port, rate, RoundTime));
        }
        var (mine, yardstick) = (Percentiles.Of(ours.Select(r => r.Times)), Percentiles.Of(theirs.Select(r => r.Times)));
        figures.Print($"{rate}/s, INVITE to 200 to the microsecond", $"{mine}, {ours.Sum(r => r.Failed)} failed");
        figures.Print("  the same of sipp -sn uas", $"{yardstick}, {theirs.Sum(r => r.Failed)} failed");
        figures.Print("  ours to sipp's, p50, p95, p99", $"{mine.Median / yardstick.Median:0.0}, {mine.At(95) / yardstick.At(95):0.0}, {mine.At(99) / yardstick.At(99):0.0}");
    }

    /// <summary>Steps of 500 until calls fail or the load generator no longer keeps up.</summary>
    private static async Task<int> SearchAsync(string folder)
    {
        var best = 0;
        for (var rate = 2000; ; rate += 500)
        {
            await using var answerer = await AnswererProcess.StartAsync();
            var result = await SippLoad.RunAsync(folder, answerer.Port, rate, SearchTime);
            if (result.Failed > 0 || result.PerSecond < rate * 0.97)
                return best;
            best = rate;
        }
    }
}
