using UnifiedMsg.Accounts;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Maintenance;

namespace UnifiedMsg.Server.Administration;

/// <summary>Says of whom the mailboxes in a report are: the store knows their numbers alone.</summary>
internal static class ReportAddresses
{
    /// <summary>In place of an address: the mailbox of mail that waits for other servers.</summary>
    public const string Queue = "queue";

    private const long QueueAccountId = long.MaxValue;

    public static async Task<StoreReport> AddAsync(StoreReport report, IAccounts accounts, CancellationToken cancellationToken)
    {
        var known = new Dictionary<long, string?> { [PublicFolders.AccountId] = DeletedOrder.Public, [QueueAccountId] = Queue };
        foreach (var id in report.Problems.SelectMany(problem => problem.Places).Select(place => place.AccountId).Distinct())
        {
            if (!known.ContainsKey(id))
                known[id] = (await accounts.FindAsync(id, cancellationToken))?.Address;
        }
        return report with
        {
            Problems = [.. report.Problems.Select(problem => problem with { Places = [.. problem.Places.Select(place => place with { Address = known[place.AccountId] })] })],
        };
    }
}
