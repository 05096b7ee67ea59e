using System.CommandLine;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg group list</c>.</summary>
internal static class GroupListCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("list", "All groups with their members.");
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var groups = await administration.ListGroupsAsync(cancellationToken);
            context.Answer(arguments, groups, output => TextTable.Write(
                output, ["GROUP", "MEMBERS"], groups.Select(each => new[] { each.Address, string.Join(", ", each.Members) })));
            return ExitCode.Done;
        });
        return command;
    }
}
