using System.CommandLine;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using UnifiedMsg.Server.Commands;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Speech;

namespace UnifiedMsg.Server.Demo;

/// <summary><c>unifiedmsg demo</c>: the main job, end to end, on loopback.</summary>
internal static class DemoCommand
{
    private const int FileWidth = 250;

    public static Command Create(CommandContext context)
    {
        var keep = new Option<bool>("--keep") { Description = "Leave the server up afterwards, and say what to type into a mail client and a softphone." };
        var command = new Command("demo", "Show the whole product on loopback: real calls, a real mailbox; exit 0 only if all of it happened.") { keep };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var json = arguments.GetValue(context.JsonOption);
            IDemoDisplay display = json ? new DemoJson(context.Output) : new DemoTerminal(Terminal(context));
            return await RunAsync(context, display, arguments.GetValue(keep), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, IDemoDisplay display, bool keep, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var result = new DemoResult();
        var (speech, recogniser) = InstalledSpeech();
        result.Recogniser = recogniser;
        ILoggerFactory loggers = NullLoggerFactory.Instance;
        await using var server = await DemoServer.StartAsync(speech, keep, loggers, context.Time, cancellationToken);
        try
        {
            result.ServerStartMs = server.StartedAfter.TotalMilliseconds;
            display.Done("server", true, $"the server is up after {result.ServerStartMs:0} ms: SIP {server.Sip}, IMAP {server.Imap}, SMTP {server.Submission}", new { result.ServerStartMs, server.Folder });
            await server.AddPeopleAsync(cancellationToken);
            display.Done("people", true, $"two people: {DemoServer.Alice} (1001), {DemoServer.Bob} (1002)");
            await new DemoRun(server, display, result, loggers, context.Time).PlayAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            result.Failures.Add("what was waited for did not happen in time, or the call ended before it should");
        }

        result.TotalSeconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        display.Finish(result);
        if (keep) await KeepAsync(server, display, cancellationToken);
        return result.Ok ? ExitCode.Done : ExitCode.Wrong;
    }

    private static (SpeechSection Section, string? Recogniser) InstalledSpeech()
    {
        if (InstalledEngines.Detect() is not { } found) return (new SpeechSection(), null);
        var section = new SpeechSection
        {
            Engine = SpeechEngine.Command,
            Command = found.Command,
            Arguments = found.Arguments,
            SampleRate = found.SampleRate,
            Language = found.Language,
        };
        return (section, Path.GetFileName(found.Command));
    }

    private static async Task KeepAsync(DemoServer server, IDemoDisplay display, CancellationToken cancellationToken)
    {
        var lines = Settings(server);
        display.Done("keep", true, "the server stays up until Ctrl-C", new { settings = lines });
        display.Tell(lines);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is how it is meant to end.
        }
    }

    private static string[] Settings(DemoServer server) =>
    [
        $"mail client  IMAP {server.Imap.Address} port {server.Imap.Port} with STARTTLS, SMTP {server.Submission.Address} port {server.Submission.Port} with STARTTLS",
        "             (accept the certificate: it was made by this demo)",
        $"             user {DemoServer.Alice} password {server.AlicePassword}",
        $"             user {DemoServer.Bob} password {server.BobPassword}",
        $"softphone    no account; call sip:1001@{server.Sip} over UDP, or: unifiedmsg call sip:1001@{server.Sip} --play FILE.wav",
        $"             lamp: subscribe to sip:1001@{server.Sip}",
        $"folder       {server.Folder}",
        $"health       http://{server.Http}/healthz",
    ];

    private static IAnsiConsole Terminal(CommandContext context)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(context.Output) });
        // A file has no edge at which lines would have to be broken.
        if (!console.Profile.Out.IsTerminal) console.Profile.Width = FileWidth;
        return console;
    }
}
