using System.CommandLine;
using UnifiedMsg.Accounts;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg group add</c>.</summary>
internal static class GroupAddCommand
{
    public static Command Create(CommandContext context)
    {
        var address = new Argument<string>("ADDRESS") { Description = "The address of the group." };
        var members = new Option<string[]>("--member")
        {
            Description = "The address of a member; may be given several times.",
            HelpName = "A",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command("add", "Make a group.") { address, members };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var group = await administration.AddGroupAsync(
                new Group(arguments.GetRequiredValue(address), arguments.GetRequiredValue(members)), cancellationToken);
            context.Answer(arguments, group, output => output.WriteLine($"{group.Address}: {string.Join(", ", group.Members)}"));
            return ExitCode.Done;
        });
        return command;
    }
}
