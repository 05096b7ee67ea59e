using UnifiedMsg.Server.Hosting;
using UnifiedMsg.Store.Backup;

namespace UnifiedMsg.Server.Administration;

/// <summary>Does long work on the store.</summary>
/// <param name="data">The opened data folder.</param>
internal sealed class StoreWork(DataFolder data)
{
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
                var named = await ReportAddresses.AddAsync(report, data.Accounts, stop);
                job.Change(state => state with { Report = named });
                break;
        }
    }

    private async Task BackUpAsync(StoreJobOrder order, Job job, CancellationToken stop)
    {
        var options = new BackupOptions { Keep = order.Keep, NewBase = order.NewBase };
        void Tell(BackupStatus status) => job.Change(state => state with { Backup = status });
        if (order.Follow)
            await data.Backup.FollowAsync(order.Path, options, Tell, stop);
        else
            await data.Backup.RunAsync(order.Path, options, Tell, stop);
    }
}
