using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Threads;

/// <summary>Which thread of an account a message belongs to. A thread has the id of the item that it began with, and keeps it.</summary>
internal static class ThreadTable
{
    /// <summary>The thread that one of the keys leads to, else a new one; from now on all of them lead to it.</summary>
    public static async ValueTask<long> AssignAsync(IWriteSession session, long accountId, long[] keys, long itemId)
    {
        if (keys.Length == 0)
            return itemId;
        // Most messages begin a thread, with the one key that they have.
        if (keys.Length == 1 && await AddAsync(session, accountId, keys[0], itemId) == 1)
            return itemId;
        long? known = null;
        for (int i = 0; i < keys.Length && known is null; i++)
        {
            known = await session.QueryLongAsync(
                "SELECT thread_id FROM store_thread_keys WHERE account_id = @p0 AND id_key = @p1", accountId, keys[i]);
        }
        // Keys that lead elsewhere stay so: RFC 8621 §3, the thread of a message never changes.
        foreach (long key in keys)
            await AddAsync(session, accountId, key, known ?? itemId);
        return known ?? itemId;
    }

    // 0 when the key leads to a thread already.
    private static ValueTask<int> AddAsync(IWriteSession session, long accountId, long key, long threadId) => session.ExecuteAsync(
        "INSERT INTO store_thread_keys(account_id, id_key, thread_id) VALUES(@p0, @p1, @p2) ON CONFLICT(account_id, id_key) DO NOTHING",
        accountId, key, threadId);
}
