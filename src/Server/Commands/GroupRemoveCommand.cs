using System.CommandLine;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg group remove</c>.</summary>
internal static class GroupRemoveCommand
{
    public static Command Create(CommandContext context)
    {
        var address = new Argument<string>("ADDRESS") { Description = "The address of the group." };
        var command = new Command("remove", "Remove a group; its members stay.") { address };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var group = arguments.GetRequiredValue(address);
            await administration.RemoveGroupAsync(group, cancellationToken);
            context.Answer(arguments, new { ok = true, address = group }, output => output.WriteLine($"Removed the group {group}; its members stay."));
            return ExitCode.Done;
        });
        return command;
    }
}
