using UnifiedMsg.Accounts;
using UnifiedMsg.Database;
using UnifiedMsg.Database.Backup;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Hosting;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Voicemail.DialPlans;

namespace UnifiedMsg.Server.Commands;

/// <summary>The one place where what went wrong becomes an exit code and lines for people.</summary>
/// <param name="ExitCode">How the process ends.</param>
/// <param name="Lines">What to tell.</param>
public sealed record Failure(int ExitCode, IReadOnlyList<string> Lines)
{
    /// <summary>The failure that an exception means.</summary>
    public static Failure Of(Exception exception) => exception switch
    {
        CommandException command => new(command.ExitCode, [command.Message]),
        ConfigurationException configuration => new(Commands.ExitCode.Wrong, [.. configuration.Errors.Select(error => error.ToString())]),
        DialPlanException plan => new(Commands.ExitCode.Wrong, [.. plan.Problems.Select(problem => problem.ToString())]),
        ContentException => new(Commands.ExitCode.Unreachable, [exception.Message]),
        DatabaseException => new(Commands.ExitCode.Unreachable, [exception.Message]),
        // Each line is one thing to mend.
        StartException => new(Commands.ExitCode.Wrong, exception.Message.Split('\n', StringSplitOptions.TrimEntries)),
        DirectoryException => new(Commands.ExitCode.Wrong, [exception.Message]),
        BackupException or StoreException => new(Commands.ExitCode.Wrong, [exception.Message]),
        OperationCanceledException => new(Commands.ExitCode.Interrupted, ["interrupted"]),
        IOException or UnauthorizedAccessException => new(Commands.ExitCode.Wrong, [exception.Message]),
        // A fault of ours: whoever reports it needs all of it.
        _ => new(Commands.ExitCode.Wrong, [$"internal error, please report it: {exception}"]),
    };
}
