using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using UnifiedMsg.Server.Administration;
using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Server.Commands;

/// <summary>Follows a transfer to its end: on a terminal with a line of figures that moves, with <c>--json</c> with an object a line.</summary>
internal static class TransferDisplay
{
    private const string ClearLine = "\r\u001b[2K";

    public static async Task<int> FollowAsync(
        CommandContext context, ParseResult arguments, IAdministration administration, JobState job, string verb, CancellationToken cancellationToken)
    {
        var json = arguments.GetValue(context.JsonOption);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(context.Output) });
        var live = !json && console.Profile.Out.IsTerminal && console.Profile.Capabilities.Ansi;
        JobState ended;
        try
        {
            ended = await JobRun.FollowAsync(administration, job, state =>
            {
                if (state is { Ended: false, Transfer: { } progress } && json)
                    context.Answer(arguments, new { progress }, _ => { });
                else if (state is { Ended: false, Transfer: { } shown } && live)
                    context.Output.Write($"{ClearLine}{Fit(Line(shown, verb), console.Profile.Width - 1)}");
            }, state => state.Transfer is { } far ? $"{Line(far, verb)}; the same command goes on from there" : null, cancellationToken);
        }
        finally
        {
            if (live)
                context.Output.Write(ClearLine);
        }
        var report = ended.Transferred!;
        context.Answer(arguments, new { ok = report.IsWhole, report }, output => Write(output, report, verb));
        return report.IsWhole ? ExitCode.Done : ExitCode.Wrong;
    }

    private static void Write(TextWriter output, TransferReport report, string verb)
    {
        foreach (var note in report.Notes)
            output.WriteLine($"note: {TextTable.Printable(note)}");
        foreach (var problem in report.Problems)
            output.WriteLine($"missing: {TextTable.Printable(problem)}");
        if (report.MoreProblems > 0)
            output.WriteLine($"missing: {report.MoreProblems} more");
        var known = report.Known > 0 ? $", {report.Known} were there already" : "";
        var refused = report.Refused > 0 ? $", {report.Refused} were not {verb}: see above" : "";
        output.WriteLine($"{report.Folders} folders, {report.Messages} messages {verb} ({Size(report.Octets)}){known}{refused}");
    }

    private static string Line(TransferProgress progress, string verb)
    {
        var share = progress.Total > 0 ? $"{Math.Min(100, 100 * progress.Read / progress.Total)} % " : "";
        return $"{share}{progress.Messages} messages {verb} ({Size(progress.Octets)}){(progress.Known > 0 ? $", {progress.Known} there already" : "")} {TextTable.Printable(progress.Folder)}".TrimEnd();
    }

    private static string Fit(string line, int width) => line.Length <= width ? line : line[..Math.Max(0, width)];

    private static string Size(long octets) => octets < 1 << 20
        ? string.Create(CultureInfo.InvariantCulture, $"{octets / 1024.0:0.0} KiB")
        : string.Create(CultureInfo.InvariantCulture, $"{octets / 1048576.0:0.0} MiB");
}
