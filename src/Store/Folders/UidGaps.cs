using UnifiedMsg.Database;
using UnifiedMsg.Store.Items;

namespace UnifiedMsg.Store.Folders;

/// <summary>The UIDs that are gone, of each folder, as ranges: what is not in them and was given out is there.</summary>
internal static class UidGaps
{
    /// <summary>These UIDs are gone.</summary>
    public static async ValueTask AddAsync(IWriteSession session, long folderId, IEnumerable<StoredItem> gone)
    {
        foreach ((uint first, uint last) in UidRanges.Exact([.. gone.Select(stored => stored.Item.Uid).Order()]))
            await AddAsync(session, folderId, first, last);
    }

    /// <summary>Finds the gaps of a folder anew, from its items and its next UID.</summary>
    public static async ValueTask RebuildAsync(IWriteSession session, long folderId)
    {
        await session.ExecuteAsync("DELETE FROM store_uid_gaps WHERE folder_id = @p0", folderId);
        await session.ExecuteAsync(
            "INSERT INTO store_uid_gaps(folder_id, first_uid, last_uid) SELECT folder_id, before + 1, uid - 1 FROM "
            + "(SELECT folder_id, uid, lag(uid, 1, 0) OVER (ORDER BY uid) AS before FROM store_items WHERE folder_id = @p0) AS i WHERE uid > before + 1",
            folderId);
        await session.ExecuteAsync(
            "INSERT INTO store_uid_gaps(folder_id, first_uid, last_uid) SELECT id, after, uid_next - 1 FROM "
            + "(SELECT f.id, f.uid_next, coalesce((SELECT max(i.uid) FROM store_items i WHERE i.folder_id = f.id), 0) + 1 AS after "
            + "FROM store_folders f WHERE f.id = @p0) AS f WHERE after < uid_next",
            folderId);
    }

    /// <summary>The UIDs of a folder.</summary>
    public static async ValueTask<UidList> ReadUidsAsync(IReadSession session, Folder folder)
    {
        var uids = new UidList();
        uint next = 1;
        foreach ((uint first, uint last) in await session.QueryAsync(
            "SELECT first_uid, last_uid FROM store_uid_gaps WHERE folder_id = @p0 ORDER BY first_uid",
            row => ((uint)row.GetInt64(0), (uint)row.GetInt64(1)), folder.Id))
        {
            if (first > next)
                uids.Add(next, first - 1);
            next = last + 1;
        }
        if (folder.UidNext > next)
            uids.Add(next, folder.UidNext - 1);
        return uids;
    }

    private static async ValueTask AddAsync(IWriteSession session, long folderId, uint first, uint last)
    {
        // Neighbours become one range.
        long end = await session.QueryLongAsync(
            "DELETE FROM store_uid_gaps WHERE folder_id = @p0 AND first_uid = @p1 RETURNING last_uid", folderId, (long)last + 1) ?? last;
        int extended = await session.ExecuteAsync(
            "UPDATE store_uid_gaps SET last_uid = @p2 WHERE folder_id = @p0 AND last_uid = @p1 AND first_uid = "
            + "(SELECT max(first_uid) FROM store_uid_gaps WHERE folder_id = @p0 AND first_uid <= @p1)",
            folderId, (long)first - 1, end);
        if (extended == 0)
            await session.ExecuteAsync("INSERT INTO store_uid_gaps(folder_id, first_uid, last_uid) VALUES(@p0, @p1, @p2)", folderId, first, end);
    }
}
