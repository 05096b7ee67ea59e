using UnifiedMsg.Database;
using UnifiedMsg.Store.Changes;

namespace UnifiedMsg.Store.Checking;

/// <summary>Compares what readers of others' folders are said to have seen with what they have, one reader of one folder at a time.</summary>
internal sealed class ReaderCheck(IDatabase database)
{
    private const int ReadersPerRead = 500;

    private const string OfReader = "FROM store_reader_items i WHERE i.folder_id = @p0 AND i.account_id = @p1";
    private const string WithoutItem = "NOT EXISTS (SELECT 1 FROM store_items s WHERE s.folder_id = i.folder_id AND s.uid = i.uid)";

    public async Task RunAsync(Findings findings, CancellationToken cancellationToken)
    {
        List<(long Folder, long Reader)> some;
        for ((long Folder, long Reader) last = (0, 0); (some = await ReadAsync(last, cancellationToken)).Count > 0; last = some[^1])
        {
            foreach ((long folder, long reader) in some)
                await CheckAsync(folder, reader, findings, cancellationToken);
        }
    }

    private async Task CheckAsync(long folder, long reader, Findings findings, CancellationToken cancellationToken)
    {
        (long said, long seen, long without) = await database.ReadAsync(
            session => session.QueryFirstAsync(
                $"SELECT r.seen_count, (SELECT coalesce(sum(i.seen), 0) {OfReader}), (SELECT count(*) {OfReader} AND {WithoutItem}) "
                + "FROM store_readers r WHERE r.folder_id = @p0 AND r.account_id = @p1",
                row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), folder, reader),
            cancellationToken);
        if (without > 0)
        {
            await findings.AddAsync(
                "reader-items", folder, $"folder {folder}: reader {reader} has a state of {without} UIDs that are not there", () => MendAsync(folder, reader));
        }
        if (said != seen)
        {
            await findings.AddAsync(
                "reader-counters", folder, $"folder {folder}: reader {reader} counts {said} seen items and has {seen}", () => MendAsync(folder, reader));
        }
    }

    private Task<string?> MendAsync(long folder, long reader) => database.WriteLargeAsync(async session =>
    {
        await AccountLock.TakeOwnerAsync(session, folder);
        await session.ExecuteAsync(
            "DELETE FROM store_reader_items WHERE folder_id = @p0 AND account_id = @p1 "
            + "AND NOT EXISTS (SELECT 1 FROM store_items s WHERE s.folder_id = @p0 AND s.uid = store_reader_items.uid)",
            folder, reader);
        await session.ExecuteAsync(
            $"UPDATE store_readers SET seen_count = (SELECT coalesce(sum(i.seen), 0) {OfReader}) WHERE folder_id = @p0 AND account_id = @p1", folder, reader);
        return (string?)"counted anew";
    });

    private ValueTask<List<(long Folder, long Reader)>> ReadAsync((long Folder, long Reader) last, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync(
            "SELECT folder_id, account_id FROM store_readers WHERE account_id > 0 AND (folder_id, account_id) > (@p0, @p1) "
            + "ORDER BY folder_id, account_id LIMIT @p2",
            row => (row.GetInt64(0), row.GetInt64(1)), last.Folder, last.Reader, ReadersPerRead),
        cancellationToken);
}
