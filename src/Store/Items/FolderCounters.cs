using UnifiedMsg.Database;
using UnifiedMsg.Store.Folders;

namespace UnifiedMsg.Store.Items;

/// <summary>What a change does to the counters of a folder.</summary>
internal struct FolderCounters
{
    public int Items;
    public int Unseen;
    public int Deleted;
    public int Tombstones;
    public long Size;

    /// <summary>Counts an item in (<paramref name="sign"/> 1) or out (-1).</summary>
    public void Count(ItemFlags flags, long size, int sign)
    {
        Items += sign;
        Size += sign * size;
        CountFlags(flags, sign);
    }

    public void CountFlags(ItemFlags flags, int sign)
    {
        if ((flags & ItemFlags.Seen) == 0)
            Unseen += sign;
        if ((flags & ItemFlags.Deleted) != 0)
            Deleted += sign;
    }

    /// <summary>Adds this to the folder's row, takes UIDs for new items, and returns the first of them.</summary>
    /// <exception cref="StoreException">The folder is gone, or out of UIDs.</exception>
    public readonly async ValueTask<uint> ApplyAsync(IWriteSession session, long folderId, long modSeq, int newUids)
    {
        // A folder that was being removed while its owner was waited for has a negative account now. Two statements, because SQLite makes a
        // table for what RETURNING returns, each time; to PostgreSQL they go together.
        await session.PostAsync(
            "UPDATE store_folders SET uid_next = uid_next + @p1, highest_modseq = @p2, item_count = item_count + @p3, "
            + "unseen_count = unseen_count + @p4, deleted_count = deleted_count + @p5, size = size + @p6, "
            + "tombstone_count = tombstone_count + @p7 WHERE id = @p0 AND account_id > 0",
            folderId, newUids, modSeq, Items, Unseen, Deleted, Size, Tombstones);
        long? next = await session.QueryLongAsync("SELECT uid_next FROM store_folders WHERE id = @p0 AND account_id > 0", folderId)
            ?? throw FolderReader.Missing();
        if (next > uint.MaxValue)
            throw new StoreException(StoreError.LimitReached, "The folder has used up its UIDs; move its items to a new one.");
        return (uint)(next.Value - newUids);
    }
}
