using UnifiedMsg.Database;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Folders;
using UnifiedMsg.Store.Sharing;

namespace UnifiedMsg.Store.Items;

/// <summary>Moves items within an account; they keep their ids. RFC 9051 §6.4.8: all or none, no moment with both or neither.</summary>
internal sealed class ItemMover(ChangeFeed feed)
{
    public async ValueTask<CopyResult> MoveAsync(IWriteSession session, long folderId, uint[] sorted, long targetId)
    {
        await AccountLock.TakeOwnerAsync(session, folderId);
        Folder target = await ItemCopier.RequireTargetAsync(session, folderId, targetId);
        List<StoredItem> sources = await ItemReader.FindAsync(session, folderId, sorted);
        uint[] uids = await MoveAsync(session, folderId, sources, targetId);
        return new CopyResult(target.UidValidity, [.. sources.Select(source => source.Item.Uid)], uids);
    }

    /// <summary>Moves these items and returns their new UIDs.</summary>
    public async ValueTask<uint[]> MoveAsync(IWriteSession session, long folderId, List<StoredItem> sources, long targetId)
    {
        if (sources.Count == 0)
            return [];
        Change change = await ModSeq.NextAsync(session, folderId);
        uint first = await CountAsync(session, folderId, sources, targetId, change.ModSeq);
        var uids = new uint[sources.Count];
        for (int i = 0; i < uids.Length; i++)
        {
            uids[i] = first + (uint)i;
            await session.PostAsync(
                "UPDATE store_items SET folder_id = @p2, uid = @p3, modseq = @p4 WHERE folder_id = @p0 AND uid = @p1",
                folderId, sources[i].Item.Uid, targetId, uids[i], change.ModSeq);
            await ItemRows.AddTombstoneAsync(session, sources[i].Item, change.ModSeq);
        }
        await UidGaps.AddAsync(session, folderId, sources);
        await ReaderItems.ForgetAsync(session, folderId, sources);
        int kinds = ItemRows.KindBits(sources);
        feed.PublishOnCommit(session, new ChangeNotice(change.AccountId, folderId, change.ModSeq, kinds));
        if (targetId != folderId)
            feed.PublishOnCommit(session, new ChangeNotice(change.AccountId, targetId, change.ModSeq, kinds));
        return uids;
    }

    private static async ValueTask<uint> CountAsync(
        IWriteSession session, long folderId, List<StoredItem> sources, long targetId, long modSeq)
    {
        var leaving = new FolderCounters { Tombstones = sources.Count };
        var coming = new FolderCounters();
        foreach (StoredItem source in sources)
        {
            leaving.Count(source.Item.Flags, source.Item.Size, -1);
            coming.Count(source.Item.Flags, source.Item.Size, 1);
        }
        await leaving.ApplyAsync(session, folderId, modSeq, newUids: 0);
        return await coming.ApplyAsync(session, targetId, modSeq, sources.Count);
    }
}
