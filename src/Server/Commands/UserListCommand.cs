using System.CommandLine;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg user list</c>.</summary>
internal static class UserListCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("list", "All accounts by address.");
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var accounts = await administration.ListUsersAsync(cancellationToken);
            context.Answer(arguments, accounts, output => TextTable.Write(
                output, ["ADDRESS", "EXTENSION", "NAME"], accounts.Select(each => new[] { each.Address, each.Extension ?? "-", each.Name })));
            return ExitCode.Done;
        });
        return command;
    }
}
