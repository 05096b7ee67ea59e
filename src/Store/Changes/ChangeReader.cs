using UnifiedMsg.Database;
using UnifiedMsg.Store.Folders;
using UnifiedMsg.Store.Items;

namespace UnifiedMsg.Store.Changes;

/// <summary>What happened since a change number.</summary>
internal static class ChangeReader
{
    public static async ValueTask<FolderChanges> ReadAsync(IReadSession session, long folderId, long sinceModSeq)
    {
        Folder folder = await FolderReader.RequireAsync(session, folderId);
        if (folder.HighestModSeq <= sinceModSeq)
            return new FolderChanges(folder, [], []);
        List<Item> changed = await ItemReader.ReadChangedAsync(session, folderId, sinceModSeq);
        changed.Sort(static (a, b) => a.Uid.CompareTo(b.Uid));
        long floor = (await session.QueryLongAsync("SELECT tombstone_floor FROM store_folders WHERE id = @p0", folderId))!.Value;
        return new FolderChanges(folder, changed, sinceModSeq < floor
            ? await ReadAbsentAsync(session, folder)
            : await ReadTombstonesAsync(session, folderId, sinceModSeq), sinceModSeq < floor);
    }

    public static async ValueTask<KindCount> CountKindAsync(IReadSession session, long accountId, ItemKind kind)
    {
        // Only items that are no ordinary mail have an index by kind, and the query must say so to be given it.
        string indexed = kind == ItemKind.Mail ? "" : " AND i.kind <> 0";
        return await session.QueryFirstAsync(
            "SELECT count(*) FILTER (WHERE (i.flags & 1) = 0), count(*) FILTER (WHERE (i.flags & 1) <> 0) "
            + "FROM store_folders f JOIN store_items i ON i.folder_id = f.id "
            + "WHERE f.account_id = @p0 AND f.special_use NOT IN (4, 5) AND i.kind = @p1 AND (i.flags & 8) = 0" + indexed,
            row => new KindCount(row.GetInt32(0), row.GetInt32(1)), accountId, (int)kind);
    }

    private static async ValueTask<List<uint>> ReadTombstonesAsync(IReadSession session, long folderId, long sinceModSeq)
    {
        List<uint> gone = await session.QueryAsync(
            "SELECT uid FROM store_tombstones WHERE folder_id = @p0 AND modseq > @p1",
            row => (uint)row.GetInt64(0), folderId, sinceModSeq);
        gone.Sort();
        return gone;
    }

    // RFC 7162 §3.2.5.1: a server that no longer knows which UIDs went since then may name every UID that is not there.
    private static async ValueTask<List<uint>> ReadAbsentAsync(IReadSession session, Folder folder)
    {
        var absent = new List<uint>();
        uint next = 1;
        foreach (uint uid in await session.QueryAsync(
            "SELECT uid FROM store_items WHERE folder_id = @p0 ORDER BY uid", row => (uint)row.GetInt64(0), folder.Id))
        {
            for (; next < uid; next++)
                absent.Add(next);
            next = uid + 1;
        }
        for (; next < folder.UidNext; next++)
            absent.Add(next);
        return absent;
    }
}
