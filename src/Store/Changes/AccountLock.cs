using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Changes;

/// <summary>
/// A unit that decides by what it reads of an account begins by taking the account's row, which it has until its commit: so changes of
/// one account happen one after the other, whichever server makes them, and the order of their numbers is that of the commits.
/// </summary>
/// <remarks>Locks are taken in this order, so that no two units wait for each other: accounts by ascending id, folders being
/// removed, contents by ascending key, then whatever else.</remarks>
internal static class AccountLock
{
    /// <summary>Takes the account, which gets its row where it has none.</summary>
    public static async ValueTask TakeAsync(IWriteSession session, long accountId)
    {
        await session.PostAsync(
            "INSERT INTO store_accounts(account_id, modseq, uid_validity) VALUES(@p0, 0, 0) ON CONFLICT(account_id) DO NOTHING", accountId);
        await session.QueryLongAsync("SELECT modseq FROM store_accounts WHERE account_id = @p0 FOR UPDATE", accountId);
    }

    /// <summary>Takes the owner of a folder. A folder that is gone has none; who reads it next finds that out.</summary>
    public static async ValueTask TakeOwnerAsync(IWriteSession session, long folderId) => await session.QueryLongAsync(
        "SELECT modseq FROM store_accounts WHERE account_id = (SELECT account_id FROM store_folders WHERE id = @p0) FOR UPDATE", folderId);

    /// <summary>Takes the owners of folders in the one order, for a unit that changes several accounts.</summary>
    public static async ValueTask TakeOwnersAsync(IWriteSession session, IReadOnlyCollection<long> folderIds)
    {
        var owners = new List<long>();
        foreach (long folderId in folderIds)
        {
            if (await session.QueryLongAsync("SELECT account_id FROM store_folders WHERE id = @p0", folderId) is long owner)
                owners.Add(owner);
        }
        await TakeAllAsync(session, owners);
    }

    /// <summary>Takes accounts in the one order. One that is gone gets no row again: nothing comes into it any more.</summary>
    public static async ValueTask TakeAllAsync(IWriteSession session, IEnumerable<long> accountIds)
    {
        foreach (long accountId in accountIds.Distinct().Order())
            await session.QueryLongAsync("SELECT modseq FROM store_accounts WHERE account_id = @p0 FOR UPDATE", accountId);
    }
}
