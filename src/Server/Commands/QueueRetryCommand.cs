using System.CommandLine;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg queue retry</c>.</summary>
internal static class QueueRetryCommand
{
    public static Command Create(CommandContext context)
    {
        var id = new Argument<string?>("ID") { Description = "The name of the message; all without one.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("retry", "Have a message, or all, tried again now.") { id };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var count = await administration.RetryQueueAsync(arguments.GetValue(id), cancellationToken);
            context.Answer(arguments, new { ok = true, recipients = count }, output => output.WriteLine($"{count} recipients are due now."));
            return ExitCode.Done;
        });
        return command;
    }
}
