using System.Data.Common;
using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Items;

/// <summary>An item with the place of its content.</summary>
internal readonly record struct StoredItem(Item Item, long ContentId);

/// <summary>The queries for items.</summary>
internal static class ItemReader
{
    private const string Select =
        "SELECT folder_id, uid, id, modseq, kind, flags, keywords, internal_date, size, content_id FROM store_items ";

    public static ValueTask<List<Item>> ReadFolderAsync(IReadSession session, long folderId) =>
        session.QueryAsync(Select + "WHERE folder_id = @p0 ORDER BY uid", Map, folderId);

    public static ValueTask<List<Item>> ReadChangedAsync(IReadSession session, long folderId, long sinceModSeq) =>
        session.QueryAsync(Select + "WHERE folder_id = @p0 AND modseq > @p1", Map, folderId, sinceModSeq);

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
        Select + "WHERE folder_id = @p0 AND uid BETWEEN @p1 AND @p2 AND (flags & 8) <> 0 ORDER BY uid", MapStored, folderId, first, last);

    /// <summary>The first items of a folder, however many there are.</summary>
    public static ValueTask<List<StoredItem>> ReadSomeAsync(IReadSession session, long folderId, int count) =>
        session.QueryAsync(Select + "WHERE folder_id = @p0 ORDER BY uid LIMIT @p1", MapStored, folderId, count);

    /// <summary>The next items of a folder behind a UID.</summary>
    public static ValueTask<List<StoredItem>> ReadAfterAsync(IReadSession session, long folderId, uint after, int count) => session.QueryAsync(
        Select + "WHERE folder_id = @p0 AND uid > @p1 ORDER BY uid LIMIT @p2", MapStored, folderId, after, count);

    private static StoredItem MapStored(DbDataReader row) => new(Map(row), row.GetInt64(9));

    private static Item Map(DbDataReader row) => new(
        row.GetInt64(2), row.GetInt64(0), (uint)row.GetInt64(1), row.GetInt64(3), (ItemKind)row.GetInt32(4), (ItemFlags)row.GetInt32(5),
        Keywords.Parse(row.IsDBNull(6) ? null : row.GetString(6)), row.GetTime(7), row.GetInt64(8));
}
