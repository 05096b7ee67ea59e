using System.CommandLine;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg public list</c>.</summary>
internal static class PublicListCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("list", "All public folders, and who may do what with them.");
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var folders = await administration.ListPublicFoldersAsync(cancellationToken);
            context.Answer(arguments, folders, output => TextTable.Write(
                output, ["FOLDER", "MESSAGES", "RIGHTS"],
                folders.Select(each => new[] { TextTable.Printable(each.Path), $"{each.Messages}", PublicCommand.Describe(each) })));
            return ExitCode.Done;
        });
        return command;
    }
}
