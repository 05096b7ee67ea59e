using System.CommandLine;
using UnifiedMsg.Accounts;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg user add</c>: an account and its mailbox.</summary>
internal static class UserAddCommand
{
    public static Command Create(CommandContext context)
    {
        var address = UserCommand.Address();
        var name = new Option<string>("--name") { Description = "The person's name.", HelpName = "N", Required = true };
        var extension = new Option<string?>("--extension") { Description = "The telephone extension, digits only.", HelpName = "E" };
        var secrets = new SecretOptions();
        var command = new Command("add", "Make an account with a mailbox.") { address, name, extension };
        secrets.AddTo(command);
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var password = await secrets.ReadPasswordAsync(context, arguments, ask: true, cancellationToken);
            var phonePassword = await secrets.ReadPhonePasswordAsync(context, arguments, cancellationToken);
            var pin = await secrets.ReadPinAsync(context, arguments, cancellationToken);
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var account = await administration.AddUserAsync(
                new NewAccount(arguments.GetRequiredValue(address), arguments.GetRequiredValue(name), arguments.GetValue(extension), password, pin, phonePassword),
                cancellationToken);
            context.Answer(arguments, account, output =>
            {
                UserCommand.Write(output, account);
                if (!account.HasPassword)
                    output.WriteLine($"To set a password: unifiedmsg user set {account.Address} --password-file FILE");
            });
            return ExitCode.Done;
        });
        return command;
    }
}
