using UnifiedMsg.Database;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Folders;
using UnifiedMsg.Store.Quotas;

namespace UnifiedMsg.Store.Items;

/// <summary>Copies items within an account. RFC 9051 §6.4.7: all or none.</summary>
internal sealed class ItemCopier(ItemIds ids, QuotaKeeper quota, ChangeFeed feed)
{
    public async ValueTask<CopyResult> CopyAsync(IWriteSession session, long folderId, uint[] sorted, long targetId)
    {
        Folder target = await RequireTargetAsync(session, folderId, targetId);
        List<StoredItem> sources = await ItemReader.FindAsync(session, folderId, sorted);
        if (sources.Count == 0)
            return new CopyResult(target.UidValidity, [], []);
        Change change = await quota.TakeAsync(session, targetId, sources.Count, sources.Sum(source => source.Item.Size));
        var counters = new FolderCounters();
        foreach (StoredItem source in sources)
            counters.Count(source.Item.Flags, source.Item.Size, 1);
        uint first = await counters.ApplyAsync(session, targetId, change.ModSeq, sources.Count);
        long firstId = await ids.TakeAsync(session, sources.Count);
        var uids = new uint[sources.Count];
        for (int i = 0; i < uids.Length; i++)
        {
            uids[i] = first + (uint)i;
            await ItemRows.InsertAsync(
                session, sources[i].Item with { Id = firstId + i, FolderId = targetId, Uid = uids[i], ModSeq = change.ModSeq }, sources[i].ContentId);
        }
        await ContentRows.AddReferencesAsync(session, sources);
        feed.PublishOnCommit(session, new ChangeNotice(change.AccountId, targetId, change.ModSeq, ItemRows.KindBits(sources)));
        return new CopyResult(target.UidValidity, [.. sources.Select(source => source.Item.Uid)], uids);
    }

    /// <summary>The target, if both folders are of one account.</summary>
    public static async ValueTask<Folder> RequireTargetAsync(IReadSession session, long folderId, long targetId)
    {
        Folder source = await FolderReader.RequireAsync(session, folderId);
        Folder target = await FolderReader.RequireAsync(session, targetId);
        return source.AccountId == target.AccountId
            ? target
            : throw new StoreException(StoreError.InvalidFolder, "Items are copied and moved within one account.");
    }
}
