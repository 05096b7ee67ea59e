using UnifiedMsg.Database;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Folders;
using UnifiedMsg.Store.Items;

namespace UnifiedMsg.Store.Search;

/// <summary>
/// Finds items, exactly: the index says which contents may be meant, and what it is not certain of is read. What is not indexed
/// yet is read too, so an index that lags or is built anew makes a search slower and never wrong.
/// </summary>
internal sealed class MessageSearch(IDatabase database, ContentReader contents, SearchService service)
{
    /// <summary>Items read at a time where a whole folder is gone through: memory does not grow with the folder.</summary>
    private const int ItemsPerPage = 1000;

    /// <summary>Contents looked up under one snapshot.</summary>
    private const int ContentsPerPage = 4096;

    private const int ContentsPerQuery = 8;

    /// <summary>Going through a folder costs for each item about this part of finding it by its content.</summary>
    private const int LookupCost = 8;

    /// <summary>The items of a folder that meet the query, ascending by UID.</summary>
    /// <param name="folderId">The folder.</param>
    /// <param name="query">The query.</param>
    /// <param name="uids">Only these; null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask<IReadOnlyList<Item>> FindAsync(
        long folderId, SearchQuery query, IReadOnlyCollection<uint>? uids, CancellationToken cancellationToken)
    {
        Folder folder = await database.ReadAsync(session => FolderReader.RequireAsync(session, folderId), cancellationToken);
        var plan = new SearchPlan(query);
        IReadOnlyList<IndexMark> marks = await AskIndexAsync(plan, uids?.Count ?? folder.Exists, cancellationToken);
        var run = new FolderRun(database, contents, service.Attachments, folderId, plan, marks, cancellationToken);
        if (uids is not null)
            await run.GoThroughAsync(UidRanges.Sort(uids));
        else if (plan.Possible.IsInverted || plan.Possible.Listed.Length > folder.Exists / LookupCost)
            await run.GoThroughAsync();
        else
            await run.LookUpAsync();
        // Twice only if the newest content of the index was removed under way, and less of it was trusted from then on.
        return [.. run.Found.DistinctBy(item => item.Uid).OrderBy(item => item.Uid)];
    }

    private async ValueTask<IReadOnlyList<IndexMark>> AskIndexAsync(SearchPlan plan, long scopeSize, CancellationToken cancellationToken)
    {
        if (plan.Needles.Count == 0 || await service.LookUpAsync(plan.Needles, scopeSize, cancellationToken) is not { } answers)
            return [];
        plan.Take(answers.Answers);
        return answers.Newest;
    }

    private sealed class FolderRun(
        IDatabase database, ContentReader contents, IAttachmentTexts? attachments, long folderId, SearchPlan plan,
        IReadOnlyList<IndexMark> marks, CancellationToken cancellationToken)
    {
        public List<Item> Found { get; } = [];

        public async ValueTask GoThroughAsync()
        {
            for (uint last = 0; ;)
            {
                List<StoredItem> page = await TestAsync(session => ItemReader.ReadAfterAsync(session, folderId, last, ItemsPerPage));
                if (page.Count < ItemsPerPage)
                    return;
                last = page[^1].Item.Uid;
            }
        }

        public async ValueTask GoThroughAsync(uint[] uids)
        {
            foreach (uint[] some in uids.Chunk(ItemsPerPage))
                await TestAsync(session => ItemReader.FindAsync(session, folderId, some));
        }

        public async ValueTask LookUpAsync()
        {
            foreach (long[] some in plan.Possible.Listed.Chunk(ContentsPerPage))
                await TestAsync(session => LookUpAsync(session, some), upToTrusted: true);
            await LookUpNewAsync();
        }

        // Whatever the index does not know yet.
        private async ValueTask LookUpNewAsync()
        {
            long content = await database.ReadAsync(session => IndexTrust.FindAsync(session, marks), cancellationToken);
            for (uint uid = uint.MaxValue; ;)
            {
                List<StoredItem> page = await TestAsync(
                    session => ItemReader.ReadOfContentsAfterAsync(session, folderId, content, uid, ItemsPerPage));
                if (page.Count < ItemsPerPage)
                    return;
                (content, uid) = (page[^1].ContentId, page[^1].Item.Uid);
            }
        }

        private async ValueTask<List<StoredItem>> TestAsync(
            Func<IReadSession, ValueTask<List<StoredItem>>> read, bool upToTrusted = false)
        {
            (List<StoredItem> items, long trusted) = await database.ReadAsync(
                async session => (await read(session), await IndexTrust.FindAsync(session, marks)), cancellationToken);
            var verifier = new SearchVerifier(plan, trusted, contents, attachments);
            foreach (StoredItem stored in items)
            {
                if (upToTrusted && stored.ContentId > trusted)
                    continue;
                if (await verifier.MeetsAsync(stored, cancellationToken))
                    Found.Add(stored.Item);
            }
            return items;
        }

        private async ValueTask<List<StoredItem>> LookUpAsync(IReadSession session, long[] contentIds)
        {
            var found = new List<StoredItem>(contentIds.Length);
            var eight = new long[ContentsPerQuery];
            for (int i = 0; i < contentIds.Length; i += ContentsPerQuery)
            {
                for (int j = 0; j < ContentsPerQuery; j++)
                    eight[j] = contentIds[Math.Min(i + j, contentIds.Length - 1)];
                found.AddRange(await ItemReader.ReadOfContentsAsync(session, folderId, eight));
            }
            return found;
        }
    }
}
