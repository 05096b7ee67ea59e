using UnifiedMsg.Database;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Quotas;
using UnifiedMsg.Store.Threads;

namespace UnifiedMsg.Store.Items;

/// <summary>Puts staged content into a folder.</summary>
internal sealed class ItemAppender(ItemIds ids, QuotaKeeper quota, ChangeFeed feed, StoreOptions options, TimeProvider time)
{
    public async ValueTask<Item> AppendAsync(IWriteSession session, long folderId, StagedContent content, NewItem given)
    {
        ObjectDisposedException.ThrowIf(content.IsReleased, content);
        IReadOnlyList<string> keywords = Keywords.Require(given.Keywords, options.MaxKeywords);
        Change change = await quota.TakeAsync(session, folderId, 1, content.Size, given.BeyondQuota);
        Posted added = await ContentRows.PostAsync(session, content);
        Posted[] found = await ThreadTable.PostAsync(session, change.AccountId, content.ThreadKeys);
        long id = await ids.TakeAsync(session, 1);
        var counters = new FolderCounters();
        counters.Count(given.Flags, content.Size, 1);
        uint uid = await counters.ApplyAsync(session, folderId, change.ModSeq, newUids: 1);
        long contentId = await ContentRows.LinkAsync(session, content, added.Value);
        long thread = await ThreadTable.AssignAsync(session, change.AccountId, content.ThreadKeys, id, found);
        // Stored times have microseconds; what is returned must be what is read later.
        DateTimeOffset date = DatabaseTime.FromMicroseconds(DatabaseTime.ToMicroseconds(given.InternalDate ?? time.GetUtcNow()));
        var item = new Item(id, folderId, uid, change.ModSeq, given.Kind, given.Flags, keywords, date, content.Size, id, thread);
        await ItemRows.InsertAsync(session, item, contentId);
        feed.PublishOnCommit(session, new ChangeNotice(change.AccountId, folderId, change.ModSeq, 1 << (int)given.Kind));
        return item;
    }
}
