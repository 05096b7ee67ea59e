using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Transfer;

/// <summary>Removes what was remembered of sources that are forgotten, in units small enough not to be felt.</summary>
internal sealed class ImportPurger(IDatabase database)
{
    private const int RowsPerUnit = 1000;

    public async Task PurgeAsync(CancellationToken cancellationToken)
    {
        while (await database.ReadAsync(FindAsync, cancellationToken) is long sourceId)
        {
            while (await database.WriteAsync(session => PurgeSomeAsync(session, sourceId), cancellationToken) > 0)
                cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static ValueTask<long?> FindAsync(IReadSession session) =>
        session.QueryLongAsync("SELECT id FROM store_import_sources WHERE account_id < 0 LIMIT 1");

    private static async ValueTask<int> PurgeSomeAsync(IWriteSession session, long sourceId)
    {
        int rows = await session.ExecuteAsync(
            "DELETE FROM store_imported WHERE source_id = @p0 AND item IN "
            + "(SELECT item FROM store_imported WHERE source_id = @p0 ORDER BY item LIMIT @p1)",
            sourceId, RowsPerUnit);
        if (rows == 0)
            await session.ExecuteAsync("DELETE FROM store_import_sources WHERE id = @p0", sourceId);
        return rows;
    }
}
