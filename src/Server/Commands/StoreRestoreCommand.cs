using System.CommandLine;
using System.Globalization;
using UnifiedMsg.Server.Administration;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg store restore</c>.</summary>
internal static class StoreRestoreCommand
{
    public static Command Create(CommandContext context)
    {
        var source = new Argument<string>("SOURCE") { Description = "The folder of the backup." };
        var at = new Option<string?>("--at")
        {
            Description = "The state of this moment, such as 2026-05-04T13:30 (local time) or 2026-05-04T11:30Z. Without it: the last one.",
            HelpName = "TIME",
        };
        at.Validators.Add(result =>
        {
            if (!TryParse(result.GetValueOrDefault<string?>(), out _))
                result.AddError("--at is a date and time, such as 2026-05-04T13:30 or 2026-05-04T11:30:15Z");
        });
        var mailbox = new Option<string?>("--mailbox") { Description = $"Only this mailbox, into the one that there is, beside the running server; \"{DeletedOrder.Public}\" for the public folders.", HelpName = "ADDRESS" };
        var folder = new Option<string?>("--folder") { Description = "Only this folder of the mailbox, with those below it.", HelpName = "PATH" };
        var into = new Option<string?>("--into") { Description = "Put it all under this folder instead of where it was.", HelpName = "PATH" };
        var command = new Command("restore", "Bring back everything into an empty data folder or an empty PostgreSQL database, or what a mailbox lacks.") { source, at, mailbox, folder, into };
        command.Validators.Add(result =>
        {
            if (result.GetValue(mailbox) is null && (result.GetValue(folder) ?? result.GetValue(into)) is not null)
                result.AddError("--folder and --into go with --mailbox");
        });
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var path = context.Resolve(arguments.GetRequiredValue(source));
            DateTimeOffset? moment = TryParse(arguments.GetValue(at), out var parsed) ? parsed : null;
            if (arguments.GetValue(mailbox) is not { } address)
                return await RestoreAllAsync(context, arguments, path, moment, cancellationToken);
            var order = new StoreJobOrder(StoreJobKind.Restore)
            {
                Path = path,
                At = moment,
                Mailbox = address,
                Folder = arguments.GetValue(folder),
                Into = arguments.GetValue(into),
            };
            return await RestoreMailboxAsync(context, arguments, order, cancellationToken);
        });
        return command;
    }

    private static bool TryParse(string? text, out DateTimeOffset? time)
    {
        time = null;
        if (text is null)
            return true;
        var parsed = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var moment);
        time = parsed ? moment : null;
        return parsed;
    }

    private static async Task<int> RestoreMailboxAsync(CommandContext context, ParseResult arguments, StoreJobOrder order, CancellationToken cancellationToken)
    {
        await using var administration = await context.AdministerAsync(arguments, cancellationToken);
        var state = await JobRun.FollowAsync(
            administration, await administration.StartJobAsync(order, cancellationToken), null, null, cancellationToken);
        var result = state.Restored!;
        context.Answer(arguments, new { state.StateOf, result.Restored, result.Present, result.Elsewhere, result.Missing, result.Folders }, output =>
        {
            foreach (var each in result.Missing)
                output.WriteLine($"not restored, the backup lacks its content: {each}");
            output.WriteLine($"{order.Mailbox}, as it was at {state.StateOf:u}: {result.Restored} items restored, {result.Present} were there, {result.Elsewhere} are in other folders now.");
        });
        return result.Missing.Count == 0 ? ExitCode.Done : ExitCode.Wrong;
    }

    private static async Task<int> RestoreAllAsync(
        CommandContext context, ParseResult arguments, string source, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        var options = await context.LoadOptionsAsync(arguments, cancellationToken);
        var result = await WholeStore.RestoreAsync(options, source, at, context.Time, cancellationToken);
        context.Answer(arguments, result, output =>
        {
            foreach (var name in result.Missing)
                output.WriteLine($"the backup lacks the file {name[..2]}/{name} of a content; `unifiedmsg store check` tells which messages had it");
            var restored = options.Database.Engine == DatabaseEngine.Sqlite ? options.Data : "The database";
            output.WriteLine($"{restored} is as it was at {result.StateOf:u}: {result.Folders} folders, {result.Items} items, {result.Blobs} large contents.");
            output.WriteLine("Mail clients will read their folders anew. Messages of the queue that went out since then will go out again: see `unifiedmsg queue list` before `unifiedmsg run`.");
        });
        return result.Missing.Count == 0 ? ExitCode.Done : ExitCode.Wrong;
    }
}
