using System.CommandLine;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg store</c>.</summary>
internal static class StoreCommand
{
    public static Command Create(CommandContext context) => new("store", "The store as a whole.")
    {
        StoreCheckCommand.Create(context),
        StoreBackupCommand.Create(context),
        StoreRestoreCommand.Create(context),
        StoreDeletedCommand.CreateList(context),
        StoreDeletedCommand.CreateRestore(context),
        StoreRekeyCommand.Create(context),
    };
}
