using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Accounts;
using UnifiedMsg.Database;
using UnifiedMsg.Server.Hosting;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Backup;

namespace UnifiedMsg.Server.Administration;

/// <summary>
/// Restores one mailbox, or the public folders, beside the running server: the backup is read as a store of its own, in the work folder.
/// </summary>
internal static class MailboxFromBackup
{
    public static async Task RestoreAsync(
        DataFolder data, StoreJobOrder order, Action<DateTimeOffset, MailboxRestoreResult> tell, TimeProvider time, CancellationToken cancellationToken)
    {
        var isPublic = order.Mailbox == DeletedOrder.Public;
        if (!isPublic && order.Into is { } into && SharedTrees.Have(into))
            throw new DirectoryException($"a folder {into} would hide those of others; name another to restore into");
        var live = isPublic ? PublicFolders.AccountId : await ProvisionAsync(data, order.Mailbox, cancellationToken);
        using var reader = new BackupReader(order.Path);
        var folder = Path.Combine(data.WorkFolder, $"restore-{Guid.NewGuid():N}");
        PrivateFiles.CreateFolder(folder);
        try
        {
            var file = Path.Combine(folder, ServerDatabase.SqliteFile);
            var stateOf = await Task.Run(() => reader.WriteDatabase(file, order.At, cancellationToken: cancellationToken), cancellationToken);
            await using var backup = await DataFolder.OpenDatabaseAsync(file, NullLoggerFactory.Instance, time, cancellationToken);
            var account = isPublic ? PublicFolders.AccountId : await FindAccountAsync(backup, order.Mailbox, stateOf, time, cancellationToken);
            var restore = await MailboxRestore.OpenAsync(backup, reader.BlobFolder, data.Keys, data.Database, data.ItemStore, cancellationToken);
            var result = await restore.RunAsync(
                account, live, new MailboxRestoreOptions(order.Folder, order.Into), soFar => tell(stateOf, soFar), cancellationToken);
            tell(stateOf, result);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<long> ProvisionAsync(DataFolder data, string address, CancellationToken cancellationToken)
    {
        var account = await data.Accounts.FindByAddressAsync(address, cancellationToken)
            ?? throw new DirectoryException($"there is no user {address} to restore to; make one first with `unifiedmsg user add`");
        await data.Store.ProvisionAsync(account.Id, cancellationToken);
        return account.Id;
    }

    private static async Task<long> FindAccountAsync(
        IDatabase backup, string address, DateTimeOffset stateOf, TimeProvider time, CancellationToken cancellationToken)
    {
        using var accounts = await AccountDirectory.OpenAsync(backup, new AccountsOptions(), time, [], cancellationToken);
        return (await accounts.FindByAddressAsync(address, cancellationToken))?.Id
            ?? throw new DirectoryException($"the backup has no mailbox {address} at {stateOf:u}");
    }
}
