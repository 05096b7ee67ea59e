using System.CommandLine;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg queue list</c>.</summary>
internal static class QueueListCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("list", "All messages of the queue, oldest first.");
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var entries = await administration.ListQueueAsync(cancellationToken);
            context.Answer(arguments, entries, output => TextTable.Write(
                output,
                ["ID", "ACCEPTED", "OCTETS", "FROM", "TO", "ATTEMPTS", "NEXT"],
                from entry in entries
                from recipient in entry.Recipients
                select new[]
                {
                    entry.QueueId, $"{entry.Accepted:u}", $"{entry.Size}", QueueCommand.Sender(entry), recipient.Address, $"{recipient.Attempts}",
                    recipient.IsUnderWay ? "under way" : $"{recipient.NextAttempt:u}",
                }));
            return ExitCode.Done;
        });
        return command;
    }
}
