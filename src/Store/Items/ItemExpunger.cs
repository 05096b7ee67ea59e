using UnifiedMsg.Database;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Folders;
using UnifiedMsg.Store.Quotas;
using UnifiedMsg.Store.Retention;
using UnifiedMsg.Store.Sharing;

namespace UnifiedMsg.Store.Items;

/// <summary>Removes items with <c>\Deleted</c>. RFC 9051 §6.4.3, RFC 4315 §2.1.</summary>
internal sealed class ItemExpunger(ChangeFeed feed, StoreOptions options, TimeProvider time)
{
    private const string OfRange = "WHERE folder_id = @p0 AND uid BETWEEN @p1 AND @p2 AND (flags & 8) <> 0";

    /// <summary>Removes those among the UIDs, or all when null; returns the UIDs removed, ascending.</summary>
    public async ValueTask<IReadOnlyList<uint>> ExpungeAsync(IWriteSession session, long folderId, uint[]? sorted)
    {
        await AccountLock.TakeOwnerAsync(session, folderId);
        Folder folder = await FolderReader.RequireAsync(session, folderId);
        if (folder.Deleted == 0)
            return [];
        List<(uint First, uint Last)> ranges = sorted is null ? [(1, uint.MaxValue)] : UidRanges.Exact(sorted);
        var gone = new List<StoredItem>();
        foreach ((uint first, uint last) in ranges)
            gone.AddRange(await ItemReader.ReadDeletedAsync(session, folderId, first, last));
        uint[] uids = [.. gone.Select(stored => stored.Item.Uid)];
        // Of all that are deleted none lies between; of those that were asked for one that was not may.
        if (gone.Count > 0)
            await RemoveAsync(session, folder, sorted is null ? UidRanges.Covering(uids) : UidRanges.Exact(uids), gone);
        return uids;
    }

    private async ValueTask RemoveAsync(
        IWriteSession session, Folder folder, List<(uint First, uint Last)> ranges, List<StoredItem> gone)
    {
        long folderId = folder.Id;
        bool retains = RetainedRows.Applies(options, folder.AccountId);
        Change change = await ModSeq.NextAsync(session, folderId);
        foreach ((uint first, uint last) in ranges)
        {
            await session.PostAsync(
                "INSERT INTO store_tombstones(folder_id, modseq, uid) SELECT folder_id, @p3, uid FROM store_items " + OfRange,
                folderId, first, last, change.ModSeq);
            if (retains)
                await RetainedRows.KeepDeletedAsync(session, folder, first, last, time.GetUtcNow());
            await session.PostAsync("DELETE FROM store_items " + OfRange, folderId, first, last);
        }
        var counters = new FolderCounters { Tombstones = gone.Count };
        foreach (StoredItem stored in gone)
            counters.Count(stored.Item.Flags, stored.Item.Size, -1);
        await counters.ApplyAsync(session, folderId, change.ModSeq, newUids: 0);
        await QuotaKeeper.ReleaseAsync(session, change.AccountId, gone.Count, -counters.Size);
        await UidGaps.AddAsync(session, folderId, gone);
        await ReaderItems.ForgetAsync(session, folderId, gone);
        if (!retains)
            await ContentRows.DropReferencesAsync(session, gone, time.GetUtcNow());
        feed.PublishOnCommit(session, new ChangeNotice(change.AccountId, folderId, change.ModSeq, ItemRows.KindBits(gone)));
    }
}
