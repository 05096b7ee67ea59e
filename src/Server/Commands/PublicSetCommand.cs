using System.CommandLine;
using UnifiedMsg.Server.Administration;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg public set</c>: a folder for all, and who may do what with it.</summary>
internal static class PublicSetCommand
{
    public static Command Create(CommandContext context)
    {
        var path = PublicCommand.Path();
        var whom = new Option<string>("--for")
        {
            Description = "Whom the rights are for: an address of a person or a group, or anyone.",
            HelpName = "A",
            DefaultValueFactory = _ => "anyone",
        };
        var rights = new Option<string>("--rights")
        {
            Description = "Letters of RFC 4314: l see it, r read, s keep what was read, w change flags, i put messages into it, p send mail to it, "
                + "k make folders below it, x remove it, t mark as deleted, e expunge, a change rights; \"\" for none.",
            HelpName = "LETTERS",
            DefaultValueFactory = _ => "lrs",
        };
        var command = new Command("set", "Make a public folder, or change who may do what with it.") { path, whom, rights };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var folder = await administration.SetPublicFolderAsync(
                arguments.GetRequiredValue(path), new PublicRights(arguments.GetRequiredValue(whom), arguments.GetRequiredValue(rights)), cancellationToken);
            context.Answer(arguments, folder, output => output.WriteLine($"Shared/{folder.Path}: {PublicCommand.Describe(folder)}"));
            return ExitCode.Done;
        });
        return command;
    }
}
