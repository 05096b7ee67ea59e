using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Items;

/// <summary>Single rows of items.</summary>
internal static class ItemRows
{
    public static ValueTask InsertAsync(IWriteSession session, Item item, long contentId) => session.PostAsync(
        "INSERT INTO store_items(folder_id, uid, id, modseq, kind, flags, keywords, internal_date, size, content_id, "
        + "email_id, thread_id) VALUES(@p0, @p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8, @p9, @p10, @p11)",
        item.FolderId, item.Uid, item.Id, item.ModSeq, (int)item.Kind, (int)item.Flags, Keywords.Format(item.Keywords),
        item.InternalDate, item.Size, contentId, item.EmailId == item.Id ? null : item.EmailId, item.ThreadId == 0 ? null : item.ThreadId);

    public static ValueTask DeleteAsync(IWriteSession session, Item item) => session.PostAsync(
        "DELETE FROM store_items WHERE folder_id = @p0 AND uid = @p1", item.FolderId, item.Uid);

    public static ValueTask AddTombstoneAsync(IWriteSession session, Item item, long modSeq) => session.PostAsync(
        "INSERT INTO store_tombstones(folder_id, modseq, uid) VALUES(@p0, @p1, @p2)", item.FolderId, modSeq, item.Uid);

    public static int KindBits(IEnumerable<StoredItem> items)
    {
        int bits = 0;
        foreach (StoredItem stored in items)
            bits |= 1 << (int)stored.Item.Kind;
        return bits;
    }
}
