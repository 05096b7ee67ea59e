using System.Diagnostics;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Benchmarks.Call;

/// <summary>
/// What a caller and the called person wait for, on the real program as a process of its own with everything durable. Options: calls
/// (measured, 50), callers (each with a mailbox of his own, 5), seconds (of speech in each call, 5), warmup (calls of each caller
/// before, 2). The callers take turns, so that few hang up in the same moment.
/// </summary>
internal static class CallBenchmark
{
    private const string Password = "correct horse";
    private const double MostMillisecondsToAnswer = 5;
    private const double MostMillisecondsToMessage = 15;
    private const double MostMillisecondsToLamp = 15;

    // The message of a call: 16-bit audio at 8 kHz as base64 in lines of 76 (RFC 2045 §6.8), less its text.
    private const double OctetsPerSecond = 16_000 * 4 / 3.0 * 78 / 76;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        int calls = (int)arguments.Number("calls", 50), callers = (int)arguments.Number("callers", 5);
        var seconds = arguments.Number("seconds", 5);
        await using var installation = await InstallAsync(callers);
        await using var server = await ServerProcess.StartAsync(installation.Folder);
        var figures = new Figures();
        var times = await MeasureAsync(server, arguments, await SpeechAsync(seconds), calls, callers);
        var bare = BareAppend.Measure(calls, (int)(seconds * OctetsPerSecond), installation.Folder);
        var sipp = await SippAnswerer.MeasureAsync(calls, installation.Folder);
        Print(figures, "INVITE to 200", new Percentiles(times.Select(each => each.Answer)), MostMillisecondsToAnswer);
        figures.Print("  the same of sipp -sn uas", sipp?.ToString() ?? "not measured: sipp is not installed (Debian: sip-tester)");
        Print(figures, "hang-up to message at an idling client", new Percentiles(times.Select(each => each.Message)), MostMillisecondsToMessage);
        figures.Print("  the same octets appended to a file and synced", bare.ToString());
        Print(figures, "hang-up to lamp NOTIFY", new Percentiles(times.Select(each => each.Lamp)), MostMillisecondsToLamp);
        return figures.ExitCode;
    }

    private static void Print(Figures figures, string what, Percentiles times, double most) =>
        figures.PrintAgainst($"{what} ({times.Count} calls)", times.ToString(), $"p50 {most:0} ms", times.Median <= most);

    // Lays out the folder and makes the people; the server that is measured is another process.
    private static async Task<TestServer> InstallAsync(int callers)
    {
        var server = await TestServer.StartAsync();
        for (var i = 0; i < callers; i++)
            await server.AddUserAsync($"user{i}", Extension(i), Password);
        await server.StopAsync();
        await File.WriteAllTextAsync(Path.Combine(server.Folder, ConfigurationFile.DefaultName), ConfigurationText.Annotated(server.Options));
        var plans = Path.Combine(server.Folder, "dialplans");
        await WavFile.WriteAsync(Path.Combine(plans, "short.wav"), AudioClip.Silence(TimeSpan.FromMilliseconds(20)), CancellationToken.None);
        await File.WriteAllTextAsync(
            Path.Combine(plans, "default.yaml"),
            "steps:\n  - name: all\n    to: \"{extension}\"\n    mailbox: \"{extension}\"\n    greeting: short.wav\n    tone: false\n");
        return server;
    }

    private static async Task<AudioClip> SpeechAsync(double seconds)
    {
        var fixture = await WavFile.ReadAsync(Path.Combine(AppContext.BaseDirectory, "message-rms.wav"), CancellationToken.None);
        var wanted = (int)(seconds * fixture.SampleRate);
        var samples = AudioClip.Join([.. Enumerable.Repeat(fixture, (wanted / fixture.Samples.Length) + 1)]).Samples[..wanted];
        return new AudioClip(samples, fixture.SampleRate);
    }

    private static async Task<CallTimes[]> MeasureAsync(ServerProcess server, Arguments arguments, AudioClip speech, int calls, int callers)
    {
        var opened = new List<Caller>();
        try
        {
            for (var i = 0; i < callers; i++)
                opened.Add(await Caller.OpenAsync(server, $"user{i}@{TestServer.Domain}", Password, Extension(i)));
            var brief = new AudioClip(speech.Samples[..Math.Min(speech.Samples.Length, speech.SampleRate * 2)], speech.SampleRate);
            for (var i = 0; i < (int)arguments.Number("warmup", 2); i++)
                await Task.WhenAll(opened.Select(caller => caller.CallAsync(brief)));
            var started = Stopwatch.GetTimestamp();
            var each = (calls + callers - 1) / callers;
            var step = TimeSpan.FromSeconds(speech.Duration.TotalSeconds / callers);
            var times = await Task.WhenAll(opened.Select((caller, i) => CallInTurnAsync(caller, speech, each, step * i)));
            Console.WriteLine($"{times.Sum(list => list.Count)} calls of {speech.Duration.TotalSeconds:0.#} s in {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s, {callers} at once");
            return [.. times.SelectMany(list => list)];
        }
        finally
        {
            foreach (var caller in opened)
                await caller.DisposeAsync();
        }
    }

    private static async Task<List<CallTimes>> CallInTurnAsync(Caller caller, AudioClip speech, int calls, TimeSpan first)
    {
        await Task.Delay(first);
        var times = new List<CallTimes>();
        for (var i = 0; i < calls; i++)
            times.Add(await caller.CallAsync(speech));
        return times;
    }

    private static string Extension(int caller) => $"{1000 + caller}";
}
