using System.Data.Common;
using UnifiedMsg.Database;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Folders;

namespace UnifiedMsg.Store.Quotas;

/// <summary>
/// Counts what comes into an account in the statement that numbers the change, which refuses what is too much. A refusal undoes the
/// whole unit; units that change an account come one after the other, so deliveries at the same moment can't overrun the limit together.
/// </summary>
internal sealed class QuotaKeeper(StoreOptions options)
{
    /// <summary>The number of a change that adds so many items and octets to the account that owns the folder.</summary>
    /// <param name="session">The unit.</param>
    /// <param name="folderId">Where they come into.</param>
    /// <param name="items">How many.</param>
    /// <param name="size">Their octets.</param>
    /// <param name="beyond">Whether the limit does not count.</param>
    /// <exception cref="OverQuotaException">It is more than the account may have.</exception>
    public async ValueTask<Change> TakeAsync(IWriteSession session, long folderId, int items, long size, bool beyond = false)
    {
        // The condition is in the statement, so that a refusal has changed nothing and the units beside it are not run again for it.
        Change change = await session.QueryFirstAsync(
            "UPDATE store_accounts SET modseq = modseq + 1, item_count = item_count + @p1, size = size + @p2 "
            + "WHERE account_id = (SELECT account_id FROM store_folders WHERE id = @p0) "
            + "AND (@p3 = 1 OR (size + @p2 <= coalesce(max_size, @p4) AND item_count + @p1 <= coalesce(max_items, @p5))) "
            + "RETURNING account_id, modseq",
            row => new Change(row.GetInt64(0), row.GetInt64(1)), folderId, items, size, beyond ? 1 : 0, options.MailboxSize, options.MailboxItems);
        if (change.AccountId != 0)
            return change;
        Quota quota = await session.QueryFirstAsync(
            "SELECT size, item_count, max_size, max_items FROM store_accounts WHERE account_id = (SELECT account_id FROM store_folders WHERE id = @p0)",
            Map, folderId) ?? throw FolderReader.Missing();
        throw new OverQuotaException("The mailbox is full.", isForGood: size > quota.MaxSize || items > quota.MaxItems);
    }

    /// <summary>Says of an account that it holds so much less; the change has its number already.</summary>
    public static ValueTask<int> ReleaseAsync(IWriteSession session, long accountId, long items, long size) => session.ExecuteAsync(
        "UPDATE store_accounts SET item_count = item_count - @p1, size = size - @p2 WHERE account_id = @p0", accountId, items, size);

    public async ValueTask<Quota> ReadAsync(IReadSession session, long accountId) =>
        await session.QueryFirstAsync("SELECT size, item_count, max_size, max_items FROM store_accounts WHERE account_id = @p0", Map, accountId)
        ?? new Quota(0, 0, options.MailboxSize, options.MailboxItems);

    // An account without folders has no row yet.
    public static ValueTask<int> SetAsync(IWriteSession session, long accountId, QuotaLimits limits) => session.ExecuteAsync(
        "INSERT INTO store_accounts(account_id, modseq, uid_validity, max_size, max_items) VALUES(@p0, 0, 0, @p1, @p2) "
        + "ON CONFLICT(account_id) DO UPDATE SET max_size = @p1, max_items = @p2",
        accountId, limits.MaxSize, limits.MaxItems);

    public static ValueTask<QuotaLimits?> ReadLimitsAsync(IReadSession session, long accountId) => session.QueryFirstAsync(
        "SELECT max_size, max_items FROM store_accounts WHERE account_id = @p0",
        row => new QuotaLimits(row.IsDBNull(0) ? null : row.GetInt64(0), row.IsDBNull(1) ? null : row.GetInt64(1)), accountId);

    private Quota Map(DbDataReader row) => new(
        row.GetInt64(0), row.GetInt64(1), row.IsDBNull(2) ? options.MailboxSize : row.GetInt64(2),
        row.IsDBNull(3) ? options.MailboxItems : row.GetInt64(3));
}
