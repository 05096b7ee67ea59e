using System.CommandLine;
using UnifiedMsg.Accounts;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg user set</c>: changes to an account.</summary>
internal static class UserSetCommand
{
    public static Command Create(CommandContext context)
    {
        var address = UserCommand.Address();
        var name = new Option<string?>("--name") { Description = "The person's name.", HelpName = "N" };
        var extension = new Option<string?>("--extension") { Description = "The telephone extension, digits only; \"\" for none.", HelpName = "E" };
        var secrets = new SecretOptions();
        var quota = new QuotaOptions();
        var command = new Command("set", "Change an account; what is not given stays as it is.") { address, name, extension };
        secrets.AddTo(command);
        quota.AddTo(command);
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var change = new AccountChange(
                arguments.GetValue(name),
                arguments.GetValue(extension),
                await secrets.ReadPasswordAsync(context, arguments, ask: false, cancellationToken),
                await secrets.ReadPinAsync(context, arguments, cancellationToken),
                await secrets.ReadPhonePasswordAsync(context, arguments, cancellationToken));
            var limits = quota.Read(arguments);
            if (change == new AccountChange() && limits is null)
            {
                throw new CommandException(
                    ExitCode.Usage,
                    "nothing to change; give --name, --extension, --password-file, --phone-password-file, --pin, --pin-file, --quota or --quota-items");
            }
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var account = await administration.ChangeUserAsync(arguments.GetRequiredValue(address), change, cancellationToken);
            if (limits is not null)
                await administration.SetQuotaAsync(account.Address, limits((await administration.ShowQuotaAsync(account.Address, cancellationToken)).Own), cancellationToken);
            context.Answer(arguments, account, output =>
            {
                UserCommand.Write(output, account);
                if (change is { Extension.Length: > 0, PhonePassword: null } && account.HasPhonePassword)
                    output.WriteLine($"Phones that log in as {account.Extension} need the password set again: --phone-password-file FILE");
            });
            return ExitCode.Done;
        });
        return command;
    }
}
