using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Sharing;

/// <summary>Removes what readers had seen who are gone, or whose folder is, in units small enough not to be felt.</summary>
internal sealed class ReaderPurger(IDatabase database)
{
    private const int RowsPerUnit = 500;

    public async Task PurgeAsync(CancellationToken cancellationToken)
    {
        while (await database.ReadAsync(FindAsync, cancellationToken) is { FolderId: not 0 } gone)
        {
            while (await database.WriteLargeAsync(session => PurgeSomeAsync(session, gone.FolderId, gone.Reader), cancellationToken) > 0)
                cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static async ValueTask<(long FolderId, long Reader)> FindAsync(IReadSession session) => await session.QueryFirstAsync(
        "SELECT folder_id, -account_id FROM store_readers WHERE account_id < 0 LIMIT 1", row => (row.GetInt64(0), row.GetInt64(1)));

    private static async ValueTask<int> PurgeSomeAsync(IWriteSession session, long folderId, long reader)
    {
        int removed = await session.ExecuteAsync(
            "DELETE FROM store_reader_items WHERE folder_id = @p0 AND account_id = @p1 AND uid IN "
            + "(SELECT uid FROM store_reader_items WHERE folder_id = @p0 AND account_id = @p1 ORDER BY uid LIMIT @p2)",
            folderId, reader, RowsPerUnit);
        if (removed == 0)
            await session.ExecuteAsync("DELETE FROM store_readers WHERE folder_id = @p0 AND account_id = -@p1", folderId, reader);
        return removed;
    }
}
