using UnifiedMsg.Database;
using UnifiedMsg.Server.Commands;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Hosting;

namespace UnifiedMsg.Server.Administration;

/// <summary>Finds the running server of a data folder, or opens the store.</summary>
internal static class AdministrationOpener
{
    // Another command at the same moment, or a server that is just starting, has the folder for a moment only.
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    internal static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>The way to the store.</summary>
    /// <exception cref="CommandException">There is none.</exception>
    public static async Task<IAdministration> OpenAsync(ServerOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(options.Data))
            throw new CommandException(ExitCode.Unreachable, $"the data folder {options.Data} does not exist; `unifiedmsg init DIR` makes one");
        for (var started = time.GetTimestamp(); ;)
        {
            if (await RemoteAdministration.FindAsync(options.Data, cancellationToken) is { } remote)
                return remote;
            try
            {
                return await StoreAdministration.OpenAsync(options, time, cancellationToken);
            }
            catch (DatabaseInUseException) when (UpgradeNotice.Read(options.Data) is { } progress && progress.Elapsed >= Patience)
            {
                throw new CommandException(ExitCode.Unreachable, $"a server is bringing {options.Data} up to date, and answers when that is done: {progress}");
            }
            catch (DatabaseInUseException) when (time.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }
}
