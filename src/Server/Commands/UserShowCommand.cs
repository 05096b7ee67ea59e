using System.CommandLine;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg user show</c>.</summary>
internal static class UserShowCommand
{
    public static Command Create(CommandContext context)
    {
        var address = UserCommand.Address();
        var command = new Command("show", "What is known of one account.") { address };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var account = await administration.ShowUserAsync(arguments.GetRequiredValue(address), cancellationToken);
            context.Answer(arguments, account, output => UserCommand.Write(output, account));
            return ExitCode.Done;
        });
        return command;
    }
}
