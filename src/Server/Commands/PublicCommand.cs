using System.CommandLine;
using UnifiedMsg.Server.Administration;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg public</c>.</summary>
internal static class PublicCommand
{
    public static Command Create(CommandContext context) => new("public", "Folders for all, which mail clients see below Shared/.")
    {
        PublicSetCommand.Create(context),
        PublicListCommand.Create(context),
        PublicRemoveCommand.Create(context),
    };

    public static Argument<string> Path() => new("PATH") { Description = "The path of the folder, its levels separated by /, such as News/Sport." };

    public static string Describe(PublicFolder folder) => folder.Rights.Count == 0
        ? "nobody"
        : string.Join(", ", folder.Rights.Select(each => $"{each.For} {each.Rights}"));
}
