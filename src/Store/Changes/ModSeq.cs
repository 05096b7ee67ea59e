using UnifiedMsg.Database;
using UnifiedMsg.Store.Folders;

namespace UnifiedMsg.Store.Changes;

/// <summary>A change under way: whose, and the number that it got.</summary>
internal readonly record struct Change(long AccountId, long ModSeq);

/// <summary>Gives changes their numbers, in the unit that makes them. Taking one takes the account until the commit (see
/// <see cref="AccountLock"/>): so their order is the order of the commits.</summary>
internal static class ModSeq
{
    /// <summary>The next number for the owner of a folder.</summary>
    /// <exception cref="StoreException">The folder is gone.</exception>
    public static async ValueTask<Change> NextAsync(IWriteSession session, long folderId)
    {
        Change change = await session.QueryFirstAsync(
            "UPDATE store_accounts SET modseq = modseq + 1 "
            + "WHERE account_id = (SELECT account_id FROM store_folders WHERE id = @p0) RETURNING account_id, modseq",
            static row => new Change(row.GetInt64(0), row.GetInt64(1)), folderId);
        return change.AccountId != 0 ? change : throw FolderReader.Missing();
    }

    /// <summary>The next number for an account, which gets its row at the first one.</summary>
    public static async ValueTask<Change> NextOfAccountAsync(IWriteSession session, long accountId) => new(
        accountId,
        (await session.QueryLongAsync(
            "INSERT INTO store_accounts(account_id, modseq, uid_validity) VALUES(@p0, 1, 0) "
            + "ON CONFLICT(account_id) DO UPDATE SET modseq = store_accounts.modseq + 1 RETURNING modseq",
            accountId))!.Value);
}
