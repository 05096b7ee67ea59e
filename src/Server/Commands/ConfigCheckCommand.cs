using System.CommandLine;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg config check</c>: reads the configuration as `run` would, and says everything that is wrong.</summary>
internal static class ConfigCheckCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("check", "Read the configuration as `run` would; exit 1 and say what is wrong if it can't be used.");
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var options = await context.LoadOptionsAsync(arguments, cancellationToken);
            context.Answer(arguments, new { ok = true, hostname = options.Hostname }, output => output.WriteLine("The configuration is good."));
            return ExitCode.Done;
        });
        return command;
    }
}
