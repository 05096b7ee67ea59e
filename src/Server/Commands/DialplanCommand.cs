using System.CommandLine;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg dialplan</c>.</summary>
internal static class DialplanCommand
{
    public static Command Create(CommandContext context) => new("dialplan", "Which call reaches whose mailbox.")
    {
        DialplanCheckCommand.Create(context),
        DialplanTestCommand.Create(context),
    };
}
