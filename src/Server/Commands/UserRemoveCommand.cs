using System.CommandLine;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg user remove</c>: the account, its mailbox and everything in it.</summary>
internal static class UserRemoveCommand
{
    public static Command Create(CommandContext context)
    {
        var address = UserCommand.Address();
        var command = new Command("remove", "Remove an account with its mailbox and everything in it.") { address };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var account = await administration.RemoveUserAsync(arguments.GetRequiredValue(address), cancellationToken);
            context.Answer(arguments, account, output => output.WriteLine($"Removed {account.Address} with its mailbox."));
            return ExitCode.Done;
        });
        return command;
    }
}
