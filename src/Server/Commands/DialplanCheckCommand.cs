using System.CommandLine;
using UnifiedMsg.Voicemail.DialPlans;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg dialplan check</c>: every mistake of a plan with file, line, column and what to write instead.</summary>
internal static class DialplanCheckCommand
{
    public static Command Create(CommandContext context)
    {
        var path = new Argument<string>("PATH") { Description = "A plan file, or a folder of them." };
        var command = new Command("check", "Check a dial plan; exit 1 if it has mistakes.") { path };
        command.SetAction(arguments =>
        {
            var name = arguments.GetRequiredValue(path);
            var (plan, problems) = DialPlanReader.Read(context.Resolve(name));
            var ok = problems.Count == 0;
            context.Answer(arguments, new { ok, steps = plan.Steps.Count, problems }, output =>
            {
                foreach (var problem in problems) output.WriteLine(problem);
                output.WriteLine(ok ? $"{name}: {plan.Steps.Count} steps, no mistakes" : $"{name}: {problems.Count} {(problems.Count == 1 ? "mistake" : "mistakes")}");
            });
            return ok ? ExitCode.Done : ExitCode.Wrong;
        });
        return command;
    }
}
