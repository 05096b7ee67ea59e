using UnifiedMsg.Database;
using UnifiedMsg.Mime;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Folders;
using UnifiedMsg.Store.Quotas;
using UnifiedMsg.Store.Threads;

namespace UnifiedMsg.Store.Items;

/// <summary>Copies items within an account. RFC 9051 §6.4.7: all or none.</summary>
internal sealed class ItemCopier(KeyRing keys, ItemIds ids, QuotaKeeper quota, ChangeFeed feed)
{
    public async ValueTask<CopyResult> CopyAsync(IWriteSession session, long folderId, uint[] sorted, long targetId)
    {
        await AccountLock.TakeOwnerAsync(session, folderId);
        Folder target = await RequireTargetAsync(session, folderId, targetId);
        return await InsertAsync(session, await ItemReader.FindAsync(session, folderId, sorted), target, intoOther: false);
    }

    /// <summary>Puts copies of these items, with the flags that they have here, into a folder, perhaps of another account.</summary>
    public async ValueTask<CopyResult> InsertAsync(IWriteSession session, List<StoredItem> sources, Folder target, bool intoOther)
    {
        if (sources.Count == 0)
            return new CopyResult(target.UidValidity, [], []);
        Change change = await quota.TakeAsync(session, target.Id, sources.Count, sources.Sum(source => source.Item.Size));
        var counters = new FolderCounters();
        foreach (StoredItem source in sources)
            counters.Count(source.Item.Flags, source.Item.Size, 1);
        uint first = await counters.ApplyAsync(session, target.Id, change.ModSeq, sources.Count);
        await ContentRows.AddReferencesAsync(session, sources);
        long firstId = await ids.TakeAsync(session, sources.Count);
        var uids = new uint[sources.Count];
        for (int i = 0; i < uids.Length; i++)
        {
            uids[i] = first + (uint)i;
            Item copy = sources[i].Item with { Id = firstId + i, FolderId = target.Id, Uid = uids[i], ModSeq = change.ModSeq };
            if (intoOther)
                copy = copy with { EmailId = copy.Id, ThreadId = await FindThreadAsync(session, change.AccountId, sources[i].ContentId, copy.Id) };
            await ItemRows.InsertAsync(session, copy, sources[i].ContentId);
        }
        feed.PublishOnCommit(session, new ChangeNotice(change.AccountId, target.Id, change.ModSeq, ItemRows.KindBits(sources)));
        return new CopyResult(target.UidValidity, [.. sources.Select(source => source.Item.Uid)], uids);
    }

    // Threads are each account's own. What is stored of the message has not its references, but what it answers, which mostly does.
    private async ValueTask<long> FindThreadAsync(IWriteSession session, long accountId, long contentId, long itemId)
    {
        MessageSummary? summary = await session.QueryFirstAsync(
            "SELECT summary, hash, key_number FROM store_contents WHERE id = @p0",
            row => PackedSummary.Read(row.GetFieldValue<byte[]>(0), row.GetFieldValue<byte[]>(1), keys.Of(row.GetInt32(2))), contentId);
        return await ThreadTable.AssignAsync(session, accountId, summary is null ? [] : ThreadKeys.Of(summary.Envelope), itemId);
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
