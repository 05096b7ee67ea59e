using System.Data.Common;
using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Items;

/// <summary>An item with the place of its content.</summary>
internal readonly record struct StoredItem(Item Item, long ContentId);

/// <summary>The queries for items.</summary>
internal static class ItemReader
{
    public const string Select =
        "SELECT folder_id, uid, id, modseq, kind, flags, keywords, internal_date, size, content_id, email_id, thread_id "
        + "FROM store_items ";

    // Without being told so, SQLite would read all items of the folder.
    private const string OfDeleted = "INDEXED BY store_items_deleted WHERE folder_id = @p0 AND (flags & 8) <> 0 ";

    public static ValueTask<List<Item>> ReadFolderAsync(IReadSession session, long folderId) =>
        session.QueryAsync(Select + "WHERE folder_id = @p0 ORDER BY uid", Map, folderId);

    public static ValueTask<List<Item>> ReadChangedAsync(IReadSession session, long folderId, long sinceModSeq) =>
        session.QueryAsync(Select + "WHERE folder_id = @p0 AND modseq > @p1", Map, folderId, sinceModSeq);

    /// <summary>The items of a thread, the oldest first.</summary>
    public static ValueTask<List<Item>> ReadThreadAsync(IReadSession session, long accountId, long threadId) => session.QueryAsync(
        Select + "WHERE thread_id = @p1 AND folder_id IN (SELECT id FROM store_folders WHERE account_id = @p0) ORDER BY internal_date, id",
        Map, accountId, threadId);

    /// <summary>The items among the UIDs, ascending.</summary>
    public static async ValueTask<List<StoredItem>> FindAsync(IReadSession session, long folderId, uint[] sorted)
    {
        var found = new List<StoredItem>();
        foreach ((uint first, uint last) in UidRanges.Covering(sorted))
            found.AddRange(await ReadRangeAsync(session, folderId, first, last));
        int next = 0;
        found.RemoveAll(stored =>
        {
            while (sorted[next] < stored.Item.Uid)
                next++;
            return sorted[next] != stored.Item.Uid;
        });
        return found;
    }

    public static ValueTask<List<StoredItem>> ReadRangeAsync(IReadSession session, long folderId, uint first, uint last) => session.QueryAsync(
        Select + "WHERE folder_id = @p0 AND uid BETWEEN @p1 AND @p2 ORDER BY uid", MapStored, folderId, first, last);

    public static ValueTask<List<StoredItem>> ReadDeletedAsync(IReadSession session, long folderId, uint first, uint last) => session.QueryAsync(
        Select + OfDeleted + "AND uid BETWEEN @p1 AND @p2 ORDER BY uid", MapStored, folderId, first, last);

    /// <summary>Octets of the items with <c>\Deleted</c>.</summary>
    public static async ValueTask<long> ReadDeletedSizeAsync(IReadSession session, long folderId)
    {
        List<long> sizes = await session.QueryAsync(
            "SELECT size FROM store_items " + OfDeleted, row => row.GetInt64(0), folderId);
        return sizes.Sum();
    }

    /// <summary>The first items of a folder, however many there are.</summary>
    public static ValueTask<List<StoredItem>> ReadSomeAsync(IReadSession session, long folderId, int count) =>
        session.QueryAsync(Select + "WHERE folder_id = @p0 ORDER BY uid LIMIT @p1", MapStored, folderId, count);

    /// <summary>The next items of a folder behind a UID.</summary>
    public static ValueTask<List<StoredItem>> ReadAfterAsync(IReadSession session, long folderId, uint after, int count) => session.QueryAsync(
        Select + "WHERE folder_id = @p0 AND uid > @p1 ORDER BY uid LIMIT @p2", MapStored, folderId, after, count);

    public static StoredItem MapStored(DbDataReader row) => new(Map(row), row.GetInt64(9));

    private static Item Map(DbDataReader row) => new(
        row.GetInt64(2), row.GetInt64(0), (uint)row.GetInt64(1), row.GetInt64(3), (ItemKind)row.GetInt32(4), (ItemFlags)row.GetInt32(5),
        Keywords.Parse(row.IsDBNull(6) ? null : row.GetString(6)), row.GetTime(7), row.GetInt64(8),
        row.GetInt64(row.IsDBNull(10) ? 2 : 10), row.IsDBNull(11) ? 0 : row.GetInt64(11));
}
