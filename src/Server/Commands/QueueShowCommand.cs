using System.CommandLine;
using UnifiedMsg.Delivery.Queue;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg queue show</c>.</summary>
internal static class QueueShowCommand
{
    public static Command Create(CommandContext context)
    {
        var id = QueueCommand.Id();
        var command = new Command("show", "One message of the queue, with what came of each attempt.") { id };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var entry = await administration.ShowQueueAsync(arguments.GetRequiredValue(id), cancellationToken);
            context.Answer(arguments, entry, output => Write(output, entry));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(TextWriter output, QueueEntry entry)
    {
        output.WriteLine($"{entry.QueueId} from {QueueCommand.Sender(entry)}, {entry.Size} octets, accepted {entry.Accepted:u}");
        foreach (var recipient in entry.Recipients)
        {
            var next = recipient.IsUnderWay ? "an attempt is under way" : $"next attempt {recipient.NextAttempt:u}";
            output.WriteLine($"  to <{recipient.Address}>: {recipient.Attempts} attempts, {next}");
            if (recipient.LastStatus is not null)
                output.WriteLine($"    {recipient.LastStatus}");
        }
    }
}
