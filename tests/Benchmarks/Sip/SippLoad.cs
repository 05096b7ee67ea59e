using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace UnifiedMsg.Benchmarks.Sip;

/// <summary>What came of a load.</summary>
/// <param name="Made">Calls that were made.</param>
/// <param name="Failed">Calls that did not go as they should.</param>
/// <param name="Repeated">Messages that sipp had to send again.</param>
/// <param name="PerSecond">Calls that were begun in a second, from the first to the last.</param>
/// <param name="Times">INVITE to 200.</param>
internal sealed record LoadResult(int Made, int Failed, int Repeated, double PerSecond, Percentiles Times);

/// <summary>sipp as the load generator: its own calling scenario, which hangs up at once.</summary>
internal static class SippLoad
{
    public static bool IsInstalled => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(f => File.Exists(Path.Combine(f, "sipp")));

    /// <param name="folder">Where it writes.</param>
    /// <param name="port">Whom it calls.</param>
    /// <param name="rate">Calls per second.</param>
    /// <param name="time">For how long.</param>
    /// <param name="hold">How long each call lasts; none by default.</param>
    public static async Task<LoadResult> RunAsync(string folder, int port, int rate, TimeSpan time, TimeSpan hold = default)
    {
        var calls = (int)(rate * time.TotalSeconds);
        var started = Stopwatch.GetTimestamp();
        using var sipp = Start(folder, [
            $"127.0.0.1:{port}", "-sn", "uac", "-d", $"{hold.TotalMilliseconds}", "-i", "127.0.0.1", "-p", $"{FreePort()}",
            "-r", $"{rate}", "-m", $"{calls}", "-l", $"{calls}", "-timer_resol", "1", "-nostdin",
            "-trace_rtt", "-rtt_freq", $"{Math.Min(calls, 1000)}", "-trace_stat", "-fd", "1", "-stf", "stat.csv"]);
        await sipp.WaitForExitAsync();
        var elapsed = Stopwatch.GetElapsedTime(started) - hold;
        var rtt = Directory.GetFiles(folder, $"uac_{sipp.Id}_rtt.csv").SingleOrDefault();
        var times = rtt is null ? [] : (await File.ReadAllLinesAsync(rtt)).Skip(1).Select(l => double.Parse(l.Split(';')[1], CultureInfo.InvariantCulture)).ToList();
        var last = await LastStatisticsAsync(Path.Combine(folder, "stat.csv"));
        if (rtt is not null)
            File.Delete(rtt);
        var made = int.Parse(last["OutgoingCall(C)"]);
        var failed = int.Parse(last["FailedCall(C)"]) + Math.Max(0, calls - made);
        return new LoadResult(made, failed, int.Parse(last["Retransmissions(C)"]), made / elapsed.TotalSeconds, new Percentiles(times));
    }

    public static Process Start(string folder, IEnumerable<string> arguments)
    {
        var process = Process.Start(new ProcessStartInfo("sipp", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["TERM"] = "xterm" },
        })!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    public static int FreePort()
    {
        using var probe = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.Client.LocalEndPoint!).Port;
    }

    private static async Task<Dictionary<string, string>> LastStatisticsAsync(string file)
    {
        var lines = await File.ReadAllLinesAsync(file);
        File.Delete(file);
        return lines[0].Split(';').Zip(lines[^1].Split(';')).Where(p => p.First.Length > 0).DistinctBy(p => p.First).ToDictionary(p => p.First, p => p.Second);
    }
}
