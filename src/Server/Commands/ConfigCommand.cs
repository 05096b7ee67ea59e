using System.CommandLine;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg config</c>.</summary>
internal static class ConfigCommand
{
    public static Command Create(CommandContext context) => new("config", "The configuration file.")
    {
        ConfigDocsCommand.Create(context),
        ConfigCheckCommand.Create(context),
    };
}
