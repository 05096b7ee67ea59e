using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using UnifiedMsg.Server.Administration;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Store.Backup;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg store backup</c>.</summary>
internal static class StoreBackupCommand
{
    public static Command Create(CommandContext context)
    {
        var target = new Argument<string>("TARGET") { Description = "The folder of the backup: empty the first time. On another disk or host, mounted here." };
        var follow = new Option<bool>("--follow") { Description = "Go on after each commit, less than a second behind, until Ctrl-C." };
        var newBase = new Option<bool>("--new-base") { Description = "Copy the whole database again, even where the backup could go on." };
        var keep = new Option<string>("--keep")
        {
            Description = "How far back it must be possible to restore; what only older states need is removed when a new base begins.",
            HelpName = "TIME",
            DefaultValueFactory = _ => "30d",
        };
        keep.Validators.Add(result =>
        {
            if (!Duration.TryParse(result.GetValueOrDefault<string>(), out _))
                result.AddError("--keep is a whole number with a unit, such as 30d or 12h");
        });
        var command = new Command("backup", "Copy everything to a folder, beside the running server: the first time all, then what is new.") { target, follow, newBase, keep };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            _ = Duration.TryParse(arguments.GetValue(keep), out var kept);
            var order = new StoreJobOrder(StoreJobKind.Backup)
            {
                Path = context.Resolve(arguments.GetRequiredValue(target)),
                Follow = arguments.GetValue(follow),
                NewBase = arguments.GetValue(newBase),
                Keep = kept,
            };
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var follower = order.Follow ? new Follower(context.Output, arguments.GetValue(context.JsonOption)) : null;
            var ended = await JobRun.FollowAsync(
                administration, await administration.StartJobAsync(order, cancellationToken), state => follower?.Tell(state.Backup), null, cancellationToken);
            context.Answer(arguments, ended.Backup, output => Write(output, ended.Backup!));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(TextWriter output, BackupStatus status)
    {
        foreach (var note in status.Notes ?? [])
            output.WriteLine(note);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{(status.IsBase ? "Copied the whole database" : "Added what is new")}: {status.Pages} pages, {status.Blobs} large contents, {status.Size} octets."));
        output.WriteLine($"{status.Target} has everything up to {status.UpTo:u}.");
    }

    /// <summary>A line whenever something is to be said.</summary>
    private sealed class Follower(TextWriter output, bool json)
    {
        private BackupStatus? _last;

        public void Tell(BackupStatus? status)
        {
            if (status is null || (status.Phase == _last?.Phase && status.UpTo == _last.UpTo && (int)status.LagSeconds == (int)_last.LagSeconds
                    && (status.Notes ?? []).SequenceEqual(_last.Notes ?? [])))
                return;
            if (json)
                output.WriteLine(JsonSerializer.Serialize(status, JsonText.Options));
            else if (status.Phase == "waiting")
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{status.LagSeconds:0.0} s behind: {string.Join("; ", status.Notes ?? [])}"));
            else if (status.Phase == "following")
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"up to {status.UpTo:u}, {status.LagSeconds:0.0} s behind, {status.Size} octets written"));
            else if (status.Phase != _last?.Phase)
                output.WriteLine($"{status.Phase} …");
            output.Flush();
            _last = status;
        }
    }
}
