using UnifiedMsg.Accounts;
using UnifiedMsg.Server.Hosting;
using UnifiedMsg.Store.Backup;

namespace UnifiedMsg.Server.Administration;

/// <summary>Does long work on the store.</summary>
/// <param name="data">The opened data folder.</param>
internal sealed class StoreWork(DataFolder data)
{
    /// <summary>What is said where the pages of the database are not ours.</summary>
    internal const string OwnTools =
        "the database is PostgreSQL, whose own tools back it up and restore it: pg_basebackup with archived WAL, or pg_dump, and after it a copy of the folder of blobs";

    /// <summary>Does what is ordered, and has the job tell how it stands.</summary>
    public async Task RunAsync(StoreJobOrder order, Job job, CancellationToken stop)
    {
        switch (order.Kind)
        {
            case StoreJobKind.Backup:
                await BackUpAsync(order, job, stop);
                break;
            case StoreJobKind.Restore:
                await MailboxFromBackup.RestoreAsync(
                    data, order, (stateOf, result) => job.Change(state => state with { StateOf = stateOf, Restored = result }), data.Time, stop);
                break;
            default:
                var report = await data.ItemStore.CheckAsync(order.Repair, text => job.Change(state => state with { Progress = text }), stop);
                job.Change(state => state with { Report = report });
                break;
        }
    }

    private async Task BackUpAsync(StoreJobOrder order, Job job, CancellationToken stop)
    {
        StoreBackup backup = data.Backup ?? throw new DirectoryException(OwnTools);
        var options = new BackupOptions { Keep = order.Keep, NewBase = order.NewBase };
        void Tell(BackupStatus status) => job.Change(state => state with { Backup = status });
        if (order.Follow)
            await backup.FollowAsync(order.Path, options, Tell, stop);
        else
            await backup.RunAsync(order.Path, options, Tell, stop);
    }
}
