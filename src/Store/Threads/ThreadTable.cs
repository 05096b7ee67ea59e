using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Threads;

/// <summary>Which thread of an account a message belongs to. A thread has the id of the item that it began with, and keeps it.</summary>
internal static class ThreadTable
{
    private const string Find = "SELECT thread_id FROM store_thread_keys WHERE account_id = @p0 AND id_key = @p1";

    /// <summary>The thread that one of the keys leads to, else a new one; from now on all of them lead to it.</summary>
    public static async ValueTask<long> AssignAsync(IWriteSession session, long accountId, long[] keys, long itemId)
    {
        long? known = null;
        for (int i = 0; i < keys.Length && known is null; i++)
            known = await session.QueryLongAsync(Find, accountId, keys[i]);
        return await AssignAsync(session, accountId, keys, itemId, known);
    }

    /// <summary>Posts the first half of <see cref="AssignAsync(IWriteSession, long, long[], long)"/>, so that it goes along with other
    /// statements; its outcome is for the second.</summary>
    public static async ValueTask<Posted[]> PostAsync(IWriteSession session, long accountId, long[] keys)
    {
        var found = new Posted[keys.Length];
        for (int i = 0; i < keys.Length; i++)
            found[i] = await session.PostQueryAsync(Find, accountId, keys[i]);
        return found;
    }

    /// <param name="session">The unit.</param>
    /// <param name="accountId">Whose thread.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="itemId">The item.</param>
    /// <param name="found">Where each of the keys leads to.</param>
    public static ValueTask<long> AssignAsync(IWriteSession session, long accountId, long[] keys, long itemId, Posted[] found) =>
        AssignAsync(session, accountId, keys, itemId, found.FirstOrDefault(each => each.Value is not null)?.Value);

    private static async ValueTask<long> AssignAsync(IWriteSession session, long accountId, long[] keys, long itemId, long? known)
    {
        // Keys that lead elsewhere stay so: RFC 8621 §3, the thread of a message never changes.
        foreach (long key in keys)
        {
            await session.PostAsync(
                "INSERT INTO store_thread_keys(account_id, id_key, thread_id) VALUES(@p0, @p1, @p2) ON CONFLICT(account_id, id_key) DO NOTHING",
                accountId, key, known ?? itemId);
        }
        return known ?? itemId;
    }
}
