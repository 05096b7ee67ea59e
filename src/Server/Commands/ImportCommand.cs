using System.CommandLine;
using UnifiedMsg.Server.Transfer;
using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg import</c>: mail from elsewhere into a mailbox.</summary>
internal static class ImportCommand
{
    /// <summary>The environment variable that may hold the password at the other server.</summary>
    private const string PasswordVariable = "UNIFIEDMSG_IMAP_PASSWORD";

    public static Command Create(CommandContext context)
    {
        var address = new Argument<string>("ADDRESS") { Description = "Into whose mailbox." };
        var source = new Argument<string>("SOURCE") { Description = "An mbox file, a folder of mbox files, a Maildir, a folder of .eml files, or imaps://USER@HOST:PORT, of which public folders and those of others are left out." };
        var format = new Option<string?>("--format") { Description = "How to read it: mbox, maildir, eml or imap. Default: found out.", HelpName = "F" };
        format.AcceptOnlyFromAmong("mbox", "maildir", "eml", "imap");
        var folder = new Option<string?>("--folder") { Description = "The folder under which everything goes. Default: as the source has it.", HelpName = "PATH" };
        var again = new Option<bool>("--again") { Description = "Forget what earlier imports of this source brought, and import all of it again." };
        var passwordFile = new Option<string?>("--password-file")
        {
            Description = $"File whose first line is the password at the other server; - for standard input. Default: {PasswordVariable} in the environment.",
            HelpName = "F",
        };
        var certificate = new Option<string?>("--certificate")
        {
            Description = "File (PEM) with the certificate of the other server, or of its authority, when the system does not trust it.",
            HelpName = "F",
        };
        var command = new Command("import", "Bring mail from elsewhere into a mailbox, with every flag and date. Goes on where an earlier run stopped, and doubles nothing.")
        {
            address, source, format, folder, again, passwordFile, certificate,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var from = arguments.GetRequiredValue(source);
            var isServer = ImapAddress.IsOne(from);
            var request = new ImportRequest(
                arguments.GetRequiredValue(address), isServer ? from : context.Resolve(from),
                arguments.GetValue(format) is { } named ? Enum.Parse<TransferFormat>(named, ignoreCase: true) : null,
                arguments.GetValue(folder), arguments.GetValue(again),
                isServer ? await PasswordAsync(context, arguments.GetValue(passwordFile), cancellationToken) : null,
                arguments.GetValue(certificate) is { } file ? await File.ReadAllTextAsync(context.Resolve(file), cancellationToken) : null);
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var job = await administration.StartImportAsync(request, cancellationToken);
            return await TransferDisplay.FollowAsync(context, arguments, administration, job, "imported", cancellationToken);
        });
        return command;
    }

    private static async Task<string> PasswordAsync(CommandContext context, string? file, CancellationToken cancellationToken)
    {
        if (file is not null)
            return await SecretOptions.ReadFirstLineAsync(context, file, "--password-file", cancellationToken);
        return context.Environment.GetValueOrDefault(PasswordVariable) is { Length: > 0 } password
            ? password
            : throw new CommandException(ExitCode.Usage, $"the password at the other server is needed: --password-file F, or {PasswordVariable} in the environment");
    }
}
