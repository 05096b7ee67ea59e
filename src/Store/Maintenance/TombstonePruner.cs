using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Maintenance;

/// <summary>Forgets the oldest gone UIDs of folders that remember too many, and raises the floor below which they are unknown.</summary>
internal sealed class TombstonePruner(IDatabase database, StoreOptions options)
{
    public async Task PruneAsync(CancellationToken cancellationToken)
    {
        List<long> folders = await database.ReadAsync(
            session => session.QueryAsync(
                "SELECT id FROM store_folders WHERE tombstone_count > @p0", row => row.GetInt64(0), options.MaxTombstones),
            cancellationToken);
        foreach (long folderId in folders)
            await database.WriteLargeAsync(session => PruneAsync(session, folderId), cancellationToken);
    }

    // Half of them, so that the next pruning of this folder is far away. All of one change go or stay together.
    private async ValueTask<int> PruneAsync(IWriteSession session, long folderId)
    {
        // Another server may have done it meanwhile: what is left is counted once nobody else can be at it.
        long? count = await session.QueryLongAsync("SELECT tombstone_count FROM store_folders WHERE id = @p0 FOR UPDATE", folderId);
        if (count is null || count <= options.MaxTombstones)
            return 0;
        long? floor = await session.QueryLongAsync(
            "SELECT modseq FROM store_tombstones WHERE folder_id = @p0 ORDER BY modseq DESC LIMIT 1 OFFSET @p1",
            folderId, options.MaxTombstones / 2);
        if (floor is null)
            return 0;
        int removed = await session.ExecuteAsync(
            "DELETE FROM store_tombstones WHERE folder_id = @p0 AND modseq <= @p1", folderId, floor);
        await session.ExecuteAsync(
            "UPDATE store_folders SET tombstone_floor = @p1, tombstone_count = tombstone_count - @p2 WHERE id = @p0",
            folderId, floor, removed);
        return removed;
    }
}
