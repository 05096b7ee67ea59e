using UnifiedMsg.Database;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Store.Maintenance;

/// <summary>Verifies every counter, reference and hash of the store. It changes nothing and may run beside the server.</summary>
internal sealed class StoreChecker(IDatabase database, ContentVerifier verifier)
{
    private const int ContentsPerSnapshot = 100;

    public async Task<StoreReport> CheckAsync(CancellationToken cancellationToken)
    {
        (long folders, long items, List<string> problems) = await database.ReadAsync(CheckRowsAsync, cancellationToken);
        long contents = await CheckContentsAsync(problems, cancellationToken);
        return new StoreReport(folders, items, contents, problems);
    }

    private static async ValueTask<(long Folders, long Items, List<string> Problems)> CheckRowsAsync(IReadSession session)
    {
        var problems = new List<string>();
        foreach (string rule in StoreRules.All)
        {
            List<string> found = await session.QueryAsync(
                rule + " LIMIT @p0", row => row.GetString(0), StoreReport.MaxProblems - problems.Count);
            problems.AddRange(found);
        }
        long? folders = await session.QueryLongAsync("SELECT count(*) FROM store_folders WHERE account_id > 0");
        long? items = await session.QueryLongAsync("SELECT count(*) FROM store_items");
        return (folders!.Value, items!.Value, problems);
    }

    private async Task<long> CheckContentsAsync(List<string> problems, CancellationToken cancellationToken)
    {
        long count = 0;
        List<StoredContent> rows;
        for (long last = 0; (rows = await ReadSomeAsync(last, cancellationToken)).Count > 0; last = rows[^1].Id)
        {
            foreach (StoredContent row in rows)
            {
                string? problem = await verifier.VerifyAsync(row, cancellationToken);
                if (problem is not null && problems.Count < StoreReport.MaxProblems)
                    problems.Add($"content {row.Id}: {problem}");
            }
            count += rows.Count;
        }
        return count;
    }

    // Some at a time, so that no snapshot keeps the log from starting over for as long as hashing everything takes.
    private ValueTask<List<StoredContent>> ReadSomeAsync(long after, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync(
            $"SELECT {StoredContent.Columns} FROM store_contents c LEFT JOIN store_bodies b ON b.content_id = c.id "
            + "WHERE c.id > @p0 AND c.refs > 0 ORDER BY c.id LIMIT @p1",
            StoredContent.Read, after, ContentsPerSnapshot),
        cancellationToken);
}
