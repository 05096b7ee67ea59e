using System.CommandLine;
using UnifiedMsg.Server.Administration;
using UnifiedMsg.Store.Maintenance;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg store check</c>: exit 1 when something is wrong and was not mended.</summary>
internal static class StoreCheckCommand
{
    public static Command Create(CommandContext context)
    {
        var repair = new Option<bool>("--repair") { Description = "Mend what can be mended, and say each thing done. Nothing that can still be read is deleted." };
        var command = new Command("check", "Read every folder, item and content, and say what is wrong. A running server goes on.") { repair };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var order = new StoreJobOrder(StoreJobKind.Check) { Repair = arguments.GetValue(repair) };
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var quiet = arguments.GetValue(context.JsonOption) || !context.IsTerminal;
            var state = await JobRun.FollowAsync(
                administration, await administration.StartJobAsync(order, cancellationToken),
                state => Tell(quiet ? null : context.Error, state.Progress), null, cancellationToken);
            var report = state.Report!;
            context.Answer(arguments, report, output => Write(output, report, order.Repair));
            return report.Unmended == 0 ? ExitCode.Done : ExitCode.Wrong;
        });
        return command;
    }

    // A person sees that it goes on; each word of it replaces the one before.
    private static void Tell(TextWriter? error, string? progress)
    {
        if (progress is not null)
            error?.Write($"\r{progress,-60}\r");
    }

    private static void Write(TextWriter output, StoreReport report, bool mended)
    {
        foreach (var kind in report.Problems.GroupBy(problem => problem.Kind))
        {
            output.WriteLine($"{kind.Key} ({report.Counts[kind.Key]}):");
            foreach (var problem in kind)
            {
                output.WriteLine(TextTable.Printable($"  {problem.Text}{(problem.Repair is null ? "" : $"; mended: {problem.Repair}")}"));
                foreach (var line in ProblemText.Of(problem))
                    output.WriteLine(TextTable.Printable($"    {line}"));
            }
        }
        foreach (var note in report.Notes)
            output.WriteLine($"note: {note}");
        if (!mended && report.Problems.Any(problem => problem.CanMend))
        {
            var lost = report.Problems.Any(ProblemText.IsLoss) ? "; it puts a notice in the place of what is lost, so restore from a backup first" : "";
            output.WriteLine($"`unifiedmsg store check --repair` mends what can be mended{lost}");
        }
        var verdict = report.Counts.Count == 0 ? "all good" : report.Unmended == 0 ? "all of it was mended" : $"{report.Unmended} things are wrong, see above";
        output.WriteLine($"{report.Folders} folders, {report.Items} items, {report.Contents} contents: {verdict}");
    }
}
