using System.CommandLine;
using System.Text.Json;
using UnifiedMsg.Server.Demo;

namespace UnifiedMsg.Server.Commands;

/// <summary>The command line of `unifiedmsg`.</summary>
public static class CommandLine
{
    /// <summary>Runs a command line to its end and returns the exit code.</summary>
    /// <param name="arguments">What stands behind the program's name.</param>
    /// <param name="context">Streams and environment.</param>
    /// <param name="stopping">Asks for an orderly end; `run` then drains and ends with 0.</param>
    public static async Task<int> RunAsync(string[] arguments, CommandContext context, CancellationToken stopping = default)
    {
        var parsed = Build(context).Parse(arguments);
        if (parsed.Errors.Count > 0)
            return Refuse(parsed, context);
        try
        {
            // Signals are the caller's: System.CommandLine would end a drain after two seconds.
            var invocation = new InvocationConfiguration
            {
                Output = context.Output,
                Error = context.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(invocation, stopping);
        }
        catch (Exception exception)
        {
            return Report(Failure.Of(exception), parsed.GetValue(context.JsonOption), context);
        }
    }

    /// <summary>All commands. A new one is a file of its own and a line here.</summary>
    public static RootCommand Build(CommandContext context) =>
        new("Voice mail and mailboxes of an organisation in one program.")
        {
            context.ConfigOption,
            context.JsonOption,
            DemoCommand.Create(context),
            InitCommand.Create(context),
            RunCommand.Create(context),
            StatusCommand.Create(context),
            UserCommand.Create(context),
            GroupCommand.Create(context),
            PublicCommand.Create(context),
            QueueCommand.Create(context),
            StoreCommand.Create(context),
            ImportCommand.Create(context),
            ExportCommand.Create(context),
            ConfigCommand.Create(context),
            DialplanCommand.Create(context),
            CallCommand.Create(context),
            TraceCommand.Create(context),
        };

    private static int Refuse(ParseResult parsed, CommandContext context)
    {
        var path = new Stack<string>();
        for (var command = parsed.CommandResult; command is not null; command = command.Parent as System.CommandLine.Parsing.CommandResult)
            path.Push(command.Command is RootCommand ? "unifiedmsg" : command.Command.Name);
        // "A command is required" adds nothing when an unknown one was given.
        var unknown = parsed.UnmatchedTokens.Count > 0 && parsed.CommandResult.Command.Subcommands.Count > 0;
        var lines = unknown
            ? [$"no such command: {string.Join(' ', path)} {parsed.UnmatchedTokens[0]}"]
            : parsed.Errors.Select(error => error.Message).Distinct();
        return Report(new Failure(ExitCode.Usage, [.. lines, $"see: {string.Join(' ', path)} --help"]), parsed.GetValue(context.JsonOption), context);
    }

    private static int Report(Failure failure, bool json, CommandContext context)
    {
        if (json)
            context.Error.WriteLine(JsonSerializer.Serialize(new { ok = false, exitCode = failure.ExitCode, errors = failure.Lines }, JsonText.Options));
        else
        {
            foreach (var line in failure.Lines)
                context.Error.WriteLine($"unifiedmsg: {line}");
        }
        return failure.ExitCode;
    }
}
