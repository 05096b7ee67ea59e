using UnifiedMsg.Database;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Maintenance;

namespace UnifiedMsg.Store.Checking;

/// <summary>Compares what accounts are said to use with the sums of their folders.</summary>
internal sealed class AccountCheck(IDatabase database)
{
    private const string Wrong =
        "SELECT a.account_id, a.item_count, a.size, coalesce(f.items, 0), coalesce(f.size, 0) FROM store_accounts a LEFT JOIN "
        + "(SELECT account_id, sum(item_count) AS items, sum(size) AS size FROM store_folders GROUP BY account_id) f ON f.account_id = a.account_id "
        + "WHERE a.item_count <> coalesce(f.items, 0) OR a.size <> coalesce(f.size, 0) ORDER BY a.account_id LIMIT @p0";

    public async Task RunAsync(Findings findings, CancellationToken cancellationToken)
    {
        List<(long Id, string Said, string Summed)> wrong = await database.ReadAsync(
            session => session.QueryAsync(
                Wrong,
                row => (row.GetInt64(0), $"{row.GetInt64(1)} items, {row.GetInt64(2)} octets", $"{row.GetInt64(3)}, {row.GetInt64(4)}"),
                StoreReport.MaxProblems),
            cancellationToken);
        foreach ((long id, string said, string summed) in wrong)
            await findings.AddAsync("account-sums", id, $"account {id}: its sums say {said}, but its folders say {summed}", () => MendAsync(id));
    }

    private Task<string?> MendAsync(long id) => database.WriteAsync(async session =>
    {
        await AccountLock.TakeAsync(session, id);
        await session.ExecuteAsync(
            "UPDATE store_accounts SET "
            + "item_count = (SELECT coalesce(sum(f.item_count), 0) FROM store_folders f WHERE f.account_id = @p0), "
            + "size = (SELECT coalesce(sum(f.size), 0) FROM store_folders f WHERE f.account_id = @p0) WHERE account_id = @p0",
            id);
        return (string?)"summed anew";
    });
}
