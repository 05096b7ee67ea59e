using System.CommandLine;
using UnifiedMsg.Server.Transfer;
using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg export</c>: a mailbox as files that other programs read.</summary>
internal static class ExportCommand
{
    public static Command Create(CommandContext context)
    {
        var address = new Argument<string>("ADDRESS") { Description = "Whose mailbox." };
        var target = new Argument<string>("TARGET") { Description = "A folder that is new or empty, or has an earlier export, which is then brought up to date." };
        var format = new Option<string>("--format") { Description = "How to write it: mbox, maildir or eml.", HelpName = "F", Required = true };
        format.AcceptOnlyFromAmong("mbox", "maildir", "eml");
        var folder = new Option<string?>("--folder") { Description = "Only this folder and those below it.", HelpName = "PATH" };
        var command = new Command("export", "Write a mailbox as mbox files, a Maildir or .eml files, with every flag and date. Goes on where an earlier run stopped.")
        {
            address, target, format, folder,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var request = new ExportRequest(
                arguments.GetRequiredValue(address), context.Resolve(arguments.GetRequiredValue(target)),
                Enum.Parse<TransferFormat>(arguments.GetRequiredValue(format), ignoreCase: true), arguments.GetValue(folder));
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var job = await administration.StartExportAsync(request, cancellationToken);
            return await TransferDisplay.FollowAsync(context, arguments, administration, job, "exported", cancellationToken);
        });
        return command;
    }
}
