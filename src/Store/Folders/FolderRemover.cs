using UnifiedMsg.Database;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Quotas;
using UnifiedMsg.Store.Retention;
using UnifiedMsg.Store.Sharing;

namespace UnifiedMsg.Store.Folders;

/// <summary>
/// Removes folders at once, whatever they hold: the row goes out of the account's sight, and its items are purged later in small
/// units, so that removing a folder of a million items does not hold up the deliveries of others.
/// </summary>
internal sealed class FolderRemover(ChangeFeed feed, TimeProvider time)
{
    public async ValueTask<int> DeleteAsync(IWriteSession session, long accountId, string path)
    {
        await AccountLock.TakeAsync(session, accountId);
        Folder folder = await FolderReader.RequireAsync(session, accountId, path);
        if (folder.SpecialUse == SpecialUse.Inbox)
            throw new StoreException(StoreError.InvalidFolder, "INBOX can't be deleted.");
        Change change = await ModSeq.NextAsync(session, folder.Id);
        await QuotaKeeper.ReleaseAsync(session, accountId, folder.Exists, folder.Size);
        List<int> kinds = await session.QueryAsync(
            "SELECT DISTINCT kind FROM store_items WHERE folder_id = @p0 AND kind <> 0", row => row.GetInt32(0), folder.Id);
        int bits = kinds.Aggregate(folder.Exists > 0 ? 1 << (int)ItemKind.Mail : 0, (all, kind) => all | (1 << kind));
        feed.PublishOnCommit(session, new ChangeNotice(accountId, folder.Id, change.ModSeq, bits));
        await ReaderItems.DropFolderAsync(session, folder.Id);
        return await session.ExecuteAsync(
            "UPDATE store_folders SET removed_path = path, removed_at = @p1, account_id = -account_id, path = 'removed/' || id WHERE id = @p0",
            folder.Id, time.GetUtcNow());
    }

    public async ValueTask<int> DeleteAllAsync(IWriteSession session, long accountId)
    {
        await AccountLock.TakeAsync(session, accountId);
        foreach (Folder folder in await FolderReader.ListAsync(session, accountId))
        {
            await ReaderItems.DropFolderAsync(session, folder.Id);
            feed.PublishOnCommit(session, new ChangeNotice(accountId, folder.Id, folder.HighestModSeq, 0));
        }
        await ReaderItems.DropReaderAsync(session, accountId);
        await RetainedRows.ExpireAccountAsync(session, accountId);
        // A folder that was removed just before must not leave anything either.
        await session.ExecuteAsync("UPDATE store_folders SET removed_path = NULL WHERE account_id = -@p0", accountId);
        await session.ExecuteAsync("DELETE FROM store_accounts WHERE account_id = @p0", accountId);
        return await session.ExecuteAsync(
            "UPDATE store_folders SET account_id = -account_id, path = 'removed/' || id WHERE account_id = @p0", accountId);
    }
}
