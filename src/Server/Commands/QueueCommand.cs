using System.CommandLine;
using UnifiedMsg.Delivery.Queue;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg queue</c>.</summary>
internal static class QueueCommand
{
    public static Command Create(CommandContext context) => new("queue", "Messages that wait for other servers.")
    {
        QueueListCommand.Create(context),
        QueueShowCommand.Create(context),
        QueueRetryCommand.Create(context),
        QueueDropCommand.Create(context),
    };

    public static Argument<string> Id() => new("ID") { Description = "The name of the message, as `queue list` shows it." };

    public static string Sender(QueueEntry entry) => $"<{entry.Sender}>";
}
