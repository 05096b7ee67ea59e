using System.CommandLine;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg public remove</c>: a public folder and everything in it.</summary>
internal static class PublicRemoveCommand
{
    public static Command Create(CommandContext context)
    {
        var path = PublicCommand.Path();
        var command = new Command("remove", "Remove a public folder with everything in it; folders below it stay.") { path };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var folder = await administration.RemovePublicFolderAsync(arguments.GetRequiredValue(path), cancellationToken);
            context.Answer(arguments, folder, output => output.WriteLine($"Removed {folder.Path} with its {folder.Messages} messages."));
            return ExitCode.Done;
        });
        return command;
    }
}
