using System.CommandLine;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg store rekey</c>: exit 1 when something could not be brought under the current key.</summary>
internal static class StoreRekeyCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("rekey",
            "Encrypt every content with the current key, and say which keys are not needed any more. A running server goes on; broken off, it goes on later where it was.");
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var problems = new List<string>();
            long rewritten = 0;
            RekeyReport report;
            do
            {
                report = await administration.RekeyStoreAsync(cancellationToken);
                rewritten += report.Rewritten;
                problems.AddRange(report.Problems);
                if (!report.IsFinished)
                    context.Error.WriteLine($"{(report.End == 0 ? 100 : report.Position * 100 / report.End)} %, {rewritten} contents encrypted with the key '{report.Key}'");
            }
            while (!report.IsFinished);
            report = report with { Rewritten = rewritten, Problems = problems };
            context.Answer(arguments, report, output => Write(output, report));
            return problems.Count == 0 && report.Used.Count == 0 ? ExitCode.Done : ExitCode.Wrong;
        });
        return command;
    }

    private static void Write(TextWriter output, RekeyReport report)
    {
        foreach (var problem in report.Problems)
            output.WriteLine(problem);
        output.WriteLine($"{report.Rewritten} contents encrypted with the key '{report.Key}'");
        foreach (var key in report.Unused)
            output.WriteLine($"the key '{key}' is not needed any more: take it away from the keys, and keep it for older backups");
        foreach (var (key, count) in report.Used)
            output.WriteLine(key.Length == 0 ? $"{count} contents are not encrypted" : $"{count} contents still need the key '{key}'");
    }
}
