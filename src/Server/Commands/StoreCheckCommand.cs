using System.CommandLine;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg store check</c>: exit 1 when something is wrong.</summary>
internal static class StoreCheckCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("check", "Read every folder, item and content, and say what is wrong. Changes nothing; a running server goes on.");
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var report = await administration.CheckStoreAsync(cancellationToken);
            context.Answer(arguments, report, output =>
            {
                foreach (var problem in report.Problems)
                    output.WriteLine(problem);
                output.WriteLine($"{report.Folders} folders, {report.Items} items, {report.Contents} contents: {(report.Problems.Count == 0 ? "all good" : "see above")}");
            });
            return report.Problems.Count == 0 ? ExitCode.Done : ExitCode.Wrong;
        });
        return command;
    }
}
