using System.CommandLine;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg group</c>.</summary>
internal static class GroupCommand
{
    public static Command Create(CommandContext context) => new("group", "Addresses that stand for several people.")
    {
        GroupAddCommand.Create(context),
        GroupListCommand.Create(context),
        GroupRemoveCommand.Create(context),
    };
}
