using UnifiedMsg.Database;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Items;
using UnifiedMsg.Store.Retention;

namespace UnifiedMsg.Store.Maintenance;

/// <summary>Removes what removed folders held, in units small enough not to be felt.</summary>
internal sealed class FolderPurger(IDatabase database, StoreOptions options, TimeProvider time)
{
    private const int ItemsPerUnit = 500;

    public async Task PurgeAsync(CancellationToken cancellationToken)
    {
        while (await database.ReadAsync(FindAsync, cancellationToken) is long folderId)
        {
            while (await database.WriteLargeAsync(session => PurgeSomeAsync(session, folderId), cancellationToken) > 0)
                cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static ValueTask<long?> FindAsync(IReadSession session) =>
        session.QueryLongAsync("SELECT id FROM store_folders WHERE account_id < 0 LIMIT 1");

    /// <summary>Returns how many rows went; the folder's own row goes when nothing else is left.</summary>
    private async ValueTask<int> PurgeSomeAsync(IWriteSession session, long folderId)
    {
        // Another server may be at the same folder.
        await session.QueryLongAsync("SELECT id FROM store_folders WHERE id = @p0 FOR UPDATE", folderId);
        List<StoredItem> items = await ItemReader.ReadSomeAsync(session, folderId, ItemsPerUnit);
        if (items.Count > 0)
        {
            bool retained = await RetainAsync(session, folderId, items[^1].Item.Uid);
            await session.ExecuteAsync(
                "DELETE FROM store_items WHERE folder_id = @p0 AND uid <= @p1", folderId, items[^1].Item.Uid);
            if (!retained)
                await ContentRows.DropReferencesAsync(session, items, time.GetUtcNow());
            return items.Count;
        }
        int tombstones = await session.ExecuteAsync(
            "DELETE FROM store_tombstones WHERE folder_id = @p0 AND modseq <= (SELECT max(modseq) FROM "
            + "(SELECT modseq FROM store_tombstones WHERE folder_id = @p0 ORDER BY modseq LIMIT @p1) AS oldest)",
            folderId, ItemsPerUnit);
        int gaps = await session.ExecuteAsync(
            "DELETE FROM store_uid_gaps WHERE folder_id = @p0 AND first_uid <= (SELECT max(first_uid) FROM "
            + "(SELECT first_uid FROM store_uid_gaps WHERE folder_id = @p0 ORDER BY first_uid LIMIT @p1) AS lowest)",
            folderId, ItemsPerUnit);
        if (tombstones + gaps == 0)
            await session.ExecuteAsync("DELETE FROM store_folders WHERE id = @p0", folderId);
        return tombstones + gaps;
    }

    private async ValueTask<bool> RetainAsync(IWriteSession session, long folderId, uint last)
    {
        (long account, string? path, DateTimeOffset removed) = await session.QueryFirstAsync(
            "SELECT account_id, removed_path, removed_at FROM store_folders WHERE id = @p0",
            row => (-row.GetInt64(0), row.IsDBNull(1) ? null : row.GetString(1), row.IsDBNull(2) ? default : row.GetTime(2)), folderId);
        if (path is null || !RetainedRows.Applies(options, account))
            return false;
        await RetainedRows.KeepAllAsync(session, folderId, last, account, path, removed);
        return true;
    }
}
