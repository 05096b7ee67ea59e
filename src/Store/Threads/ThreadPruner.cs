using UnifiedMsg.Database;
using UnifiedMsg.Store.Changes;

namespace UnifiedMsg.Store.Threads;

/// <summary>Forgets the keys of threads of which nothing is left, some at a time. What was deleted and can be put back is left: an answer
/// that comes to it afterwards belongs to its thread.</summary>
internal sealed class ThreadPruner(IDatabase database)
{
    private const int KeysPerUnit = 500;

    public async Task PruneAsync(CancellationToken cancellationToken)
    {
        List<Key> keys;
        for (var last = new Key(long.MinValue, long.MinValue, 0); (keys = await ReadAsync(last, cancellationToken)).Count > 0; last = keys[^1])
        {
            List<Key> unused = await database.ReadAsync(session => FindUnusedAsync(session, keys), cancellationToken);
            if (unused.Count > 0)
                await database.WriteLargeAsync(session => RemoveAsync(session, unused), cancellationToken);
        }
    }

    private ValueTask<List<Key>> ReadAsync(Key after, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync(
            "SELECT account_id, id_key, thread_id FROM store_thread_keys WHERE (account_id, id_key) > (@p0, @p1) "
            + "ORDER BY account_id, id_key LIMIT @p2",
            row => new Key(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), after.AccountId, after.IdKey, KeysPerUnit),
        cancellationToken);

    private static async ValueTask<List<Key>> FindUnusedAsync(IReadSession session, List<Key> keys)
    {
        var unused = new List<Key>();
        foreach (Key key in keys)
        {
            if (await session.QueryLongAsync("SELECT 1 FROM store_items WHERE thread_id = @p0 LIMIT 1", key.ThreadId) is null)
                unused.Add(key);
        }
        // Once for each account: the deleted items are found by their account and not by their thread.
        foreach (long accountId in unused.Select(key => key.AccountId).Distinct().ToArray())
        {
            HashSet<long> retained = [.. await session.QueryAsync(
                "SELECT DISTINCT thread_id FROM store_retained WHERE account_id = @p0 AND thread_id IS NOT NULL", row => row.GetInt64(0), accountId)];
            unused.RemoveAll(key => key.AccountId == accountId && retained.Contains(key.ThreadId));
        }
        return unused;
    }

    // A message may have come into the thread since, or be about to: it found the key, and is seen once its unit has ended.
    private static async ValueTask<int> RemoveAsync(IWriteSession session, List<Key> keys)
    {
        await AccountLock.TakeAllAsync(session, keys.Select(key => key.AccountId));
        int removed = 0;
        foreach (Key key in keys)
        {
            removed += await session.ExecuteAsync(
                "DELETE FROM store_thread_keys WHERE account_id = @p0 AND id_key = @p1 "
                + "AND NOT EXISTS (SELECT 1 FROM store_items WHERE thread_id = @p2)",
                key.AccountId, key.IdKey, key.ThreadId);
        }
        return removed;
    }

    private sealed record Key(long AccountId, long IdKey, long ThreadId);
}
