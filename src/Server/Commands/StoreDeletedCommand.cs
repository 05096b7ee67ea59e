using System.CommandLine;
using System.Globalization;
using UnifiedMsg.Server.Administration;
using UnifiedMsg.Store.Retention;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg store deleted</c> and <c>unifiedmsg store undelete</c>.</summary>
internal static class StoreDeletedCommand
{
    /// <summary>More than a person reads; with the filters everything can be reached.</summary>
    private const int MaxListed = 1000;

    public static Command CreateList(CommandContext context)
    {
        var address = Address();
        var filters = new Filters();
        var command = new Command("deleted", "What was deleted and can be put back, the last first.") { address, filters.Since, filters.Folder, filters.Text };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var order = new DeletedOrder(arguments.GetRequiredValue(address), filters.Of(arguments, null), MaxListed);
            var items = await administration.ListDeletedAsync(order, cancellationToken);
            context.Answer(arguments, items, output =>
            {
                TextTable.Write(
                    output,
                    ["ID", "DELETED", "FOLDER", "FROM", "SUBJECT", "OCTETS"],
                    items.Select(item => new[]
                    {
                        $"{item.Id}", $"{item.DeletedAt:u}", item.Folder, item.From, item.Subject, $"{item.Size}",
                    }.Select(TextTable.Printable).ToArray()));
                if (items.Count == MaxListed)
                    output.WriteLine($"Only the last {MaxListed} are shown; --since, --folder and --text choose others.");
            });
            return ExitCode.Done;
        });
        return command;
    }

    public static Command CreateRestore(CommandContext context)
    {
        var address = Address();
        var ids = new Argument<long[]>("ID") { Description = "The items, as `store deleted` shows them.", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "All of them, or all that the filters choose." };
        var filters = new Filters();
        var command = new Command("undelete", "Put deleted items back into their folders, or into \"Recovered\" where the folder is gone.")
        {
            address, ids, all, filters.Since, filters.Folder, filters.Text,
        };
        command.Validators.Add(result =>
        {
            var named = result.GetValue(ids) is { Length: > 0 };
            if (named == result.GetValue(all))
                result.AddError(named ? "name the items or say --all, not both" : "name the items, or say --all");
        });
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var wanted = arguments.GetValue(all) ? null : arguments.GetValue(ids);
            var result = await administration.UndeleteAsync(
                new DeletedOrder(arguments.GetRequiredValue(address), filters.Of(arguments, wanted), int.MaxValue), cancellationToken);
            context.Answer(arguments, result, output => output.WriteLine(
                result.Restored == 0 ? "Nothing of that can be put back." : $"{result.Restored} items put back into {string.Join(", ", result.Folders)}."));
            return result.Restored > 0 && (wanted is null || result.Restored == wanted.Distinct().Count()) ? ExitCode.Done : ExitCode.Wrong;
        });
        return command;
    }

    private static Argument<string> Address() => new("ADDRESS") { Description = $"Whose mailbox; \"{DeletedOrder.Public}\" for the public folders." };

    /// <summary>The options by which both choose.</summary>
    private sealed class Filters
    {
        public Filters() => Since.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !TryParse(text, out _))
                result.AddError("--since is a date and time, such as 2026-05-04T13:30");
        });

        public Option<string?> Since { get; } = new("--since") { Description = "Deleted then or later, such as 2026-05-04T13:30 (local time).", HelpName = "TIME" };

        public Option<string?> Folder { get; } = new("--folder") { Description = "Out of this folder, by its name of then.", HelpName = "PATH" };

        public Option<string?> Text { get; } = new("--text") { Description = "With this in author or subject.", HelpName = "TEXT" };

        public DeletedFilter Of(ParseResult arguments, IReadOnlyList<long>? ids) => new(
            ids, TryParse(arguments.GetValue(Since), out var since) ? since : null, arguments.GetValue(Folder), arguments.GetValue(Text));

        private static bool TryParse(string? text, out DateTimeOffset time) =>
            DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out time);
    }
}
