using System.CommandLine;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg queue drop</c>.</summary>
internal static class QueueDropCommand
{
    public static Command Create(CommandContext context)
    {
        var id = QueueCommand.Id();
        var command = new Command("drop", "Take a message out of the queue; its sender is not told.") { id };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var entry = await administration.DropQueueAsync(arguments.GetRequiredValue(id), cancellationToken);
            context.Answer(arguments, entry, output => output.WriteLine($"Dropped {entry.QueueId} from {QueueCommand.Sender(entry)}."));
            return ExitCode.Done;
        });
        return command;
    }
}
