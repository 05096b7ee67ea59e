using UnifiedMsg.Database;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Items;

namespace UnifiedMsg.Store.Sharing;

/// <summary>
/// What a person has read in a folder of somebody else. RFC 4314 §4: \Seen is each person's own. A change of it gets its number from the
/// account that owns the folder, so that it and the changes of others are in one order for this reader; nobody else's numbers move.
/// </summary>
internal sealed class ReaderItems(ChangeFeed feed)
{
    /// <summary>The folder as the reader sees it.</summary>
    public static async ValueTask<Folder> ViewAsync(IReadSession session, Folder folder, long reader)
    {
        (bool subscribed, int seen, long modSeq) = await session.QueryFirstAsync(
            "SELECT subscribed, seen_count, highest_modseq FROM store_readers WHERE folder_id = @p0 AND account_id = @p1",
            row => (row.GetInt64(0) != 0, row.GetInt32(1), row.GetInt64(2)), folder.Id, reader);
        return folder with
        {
            Subscribed = subscribed,
            Unseen = folder.Exists - seen,
            HighestModSeq = Math.Max(folder.HighestModSeq, modSeq),
        };
    }

    /// <summary>The items (ascending by UID, of one folder) as the reader sees them.</summary>
    public static async ValueTask<List<Item>> ViewAsync(IReadSession session, IReadOnlyList<Item> items, long reader)
    {
        if (items.Count == 0)
            return [];
        List<(uint Uid, bool Seen, long ModSeq)> states = await session.QueryAsync(
            "SELECT uid, seen, modseq FROM store_reader_items WHERE folder_id = @p0 AND account_id = @p1 AND uid BETWEEN @p2 AND @p3 ORDER BY uid",
            row => ((uint)row.GetInt64(0), row.GetInt64(1) != 0, row.GetInt64(2)), items[0].FolderId, reader, items[0].Uid, items[^1].Uid);
        var views = new List<Item>(items.Count);
        int next = 0;
        foreach (Item item in items)
        {
            while (next < states.Count && states[next].Uid < item.Uid)
                next++;
            bool known = next < states.Count && states[next].Uid == item.Uid;
            ItemFlags flags = known && states[next].Seen ? item.Flags | ItemFlags.Seen : item.Flags & ~ItemFlags.Seen;
            views.Add(item with { Flags = flags, ModSeq = known ? Math.Max(item.ModSeq, states[next].ModSeq) : item.ModSeq });
        }
        return views;
    }

    /// <summary>UIDs whose state the reader has changed since.</summary>
    public static ValueTask<List<uint>> ChangedSinceAsync(IReadSession session, long folderId, long reader, long modSeq) => session.QueryAsync(
        "SELECT uid FROM store_reader_items WHERE folder_id = @p0 AND account_id = @p1 AND modseq > @p2 ORDER BY uid",
        row => (uint)row.GetInt64(0), folderId, reader, modSeq);

    /// <summary>Sets what the reader has seen; the items are all of the other state.</summary>
    public async ValueTask SetSeenAsync(IWriteSession session, long folderId, long reader, IReadOnlyList<Item> items, bool seen)
    {
        if (items.Count == 0)
            return;
        Change change = await ModSeq.NextAsync(session, folderId);
        foreach ((uint first, uint last) in UidRanges.Exact([.. items.Select(item => item.Uid)]))
        {
            await session.ExecuteAsync(
                "INSERT INTO store_reader_items(folder_id, account_id, uid, seen, modseq) "
                + "SELECT folder_id, @p1, uid, @p4, @p5 FROM store_items WHERE folder_id = @p0 AND uid BETWEEN @p2 AND @p3 "
                + "ON CONFLICT(folder_id, account_id, uid) DO UPDATE SET seen = @p4, modseq = @p5",
                folderId, reader, first, last, seen ? 1L : 0L, change.ModSeq);
        }
        await session.ExecuteAsync(
            "INSERT INTO store_readers(folder_id, account_id, subscribed, seen_count, highest_modseq) VALUES(@p0, @p1, 0, @p2, @p3) "
            + "ON CONFLICT(folder_id, account_id) DO UPDATE SET seen_count = store_readers.seen_count + @p2, highest_modseq = @p3",
            folderId, reader, seen ? items.Count : -items.Count, change.ModSeq);
        int kinds = items.Aggregate(0, (bits, item) => bits | (1 << (int)item.Kind));
        feed.PublishOnCommit(session, new ChangeNotice(change.AccountId, folderId, change.ModSeq, kinds));
    }

    public static ValueTask<int> SubscribeAsync(IWriteSession session, long folderId, long reader, bool subscribed) => session.ExecuteAsync(
        "INSERT INTO store_readers(folder_id, account_id, subscribed, seen_count, highest_modseq) VALUES(@p0, @p1, @p2, 0, 0) "
        + "ON CONFLICT(folder_id, account_id) DO UPDATE SET subscribed = @p2",
        folderId, reader, subscribed);

    /// <summary>Forgets what readers have seen of items that leave the folder. In a folder that nobody else reads it costs one look.</summary>
    public static async ValueTask ForgetAsync(IWriteSession session, long folderId, List<StoredItem> gone)
    {
        if (await session.QueryLongAsync("SELECT 1 FROM store_readers WHERE folder_id = @p0 LIMIT 1", folderId) is null)
            return;
        var seen = new Dictionary<long, int>();
        foreach ((uint first, uint last) in UidRanges.Exact([.. gone.Select(stored => stored.Item.Uid)]))
        {
            List<(long Reader, int Seen)> forgotten = await session.QueryAsync(
                "DELETE FROM store_reader_items WHERE folder_id = @p0 AND uid BETWEEN @p1 AND @p2 RETURNING account_id, seen",
                row => (row.GetInt64(0), row.GetInt32(1)), folderId, first, last);
            foreach ((long reader, int one) in forgotten)
                seen[reader] = seen.GetValueOrDefault(reader) + one;
        }
        foreach ((long reader, int count) in seen)
        {
            await session.ExecuteAsync(
                "UPDATE store_readers SET seen_count = seen_count - @p2 WHERE folder_id = @p0 AND account_id = @p1", folderId, reader, count);
        }
    }

    /// <summary>The readers of a folder that is removed, and its list, go out of sight; the rows are purged later.</summary>
    public static async ValueTask DropFolderAsync(IWriteSession session, long folderId)
    {
        await session.ExecuteAsync("DELETE FROM store_acl WHERE folder_id = @p0", folderId);
        await session.ExecuteAsync("UPDATE store_readers SET account_id = -account_id WHERE folder_id = @p0 AND account_id > 0", folderId);
    }

    /// <summary>What an account that is removed was given and has read goes out of sight; the rows are purged later.</summary>
    public static async ValueTask DropReaderAsync(IWriteSession session, long accountId)
    {
        await session.ExecuteAsync("DELETE FROM store_acl WHERE kind = 1 AND identifier = @p0", accountId);
        await session.ExecuteAsync("UPDATE store_readers SET account_id = -account_id WHERE account_id = @p0", accountId);
    }
}
