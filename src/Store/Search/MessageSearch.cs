using UnifiedMsg.Database;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Folders;
using UnifiedMsg.Store.Items;
using UnifiedMsg.Store.Search.Attachments;

namespace UnifiedMsg.Store.Search;

/// <summary>
/// Finds items, exactly: the index says which contents may be meant, and what it is not certain of is read. What is not indexed
/// yet is read too, so an index that lags or is built anew makes a search slower and never wrong.
/// </summary>
internal sealed class MessageSearch(IDatabase database, ContentReader contents, SearchService service)
{
    /// <summary>Items looked at under one snapshot where a whole folder is gone through: memory does not grow with the folder.</summary>
    private const int PlacesPerPage = 4096;

    /// <summary>Contents looked up under one snapshot.</summary>
    private const int ContentsPerPage = 4096;

    /// <summary>Going through a folder costs for each item about this part of finding it by its content.</summary>
    private const int LookupCost = 8;

    /// <summary>The UIDs of the items of a folder that meet the query, ascending.</summary>
    /// <param name="folderId">The folder.</param>
    /// <param name="query">The query.</param>
    /// <param name="uids">Only these; null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask<IReadOnlyList<uint>> FindAsync(
        long folderId, SearchQuery query, IReadOnlyCollection<uint>? uids, CancellationToken cancellationToken)
    {
        Folder folder = await database.ReadAsync(session => FolderReader.RequireAsync(session, folderId), cancellationToken);
        var plan = new SearchPlan(query);
        IndexTrust trust = await AskIndexAsync(plan, uids?.Count ?? folder.Exists, cancellationToken);
        var run = new FolderRun(database, contents, service.AttachmentsOf, new FolderPlaces(folderId, plan.NeedsItems), plan, trust, cancellationToken);
        if (uids is not null)
            await run.GoThroughAsync(UidRanges.Sort(uids));
        else if (plan.Possible.IsInverted || plan.Possible.Listed.Length > folder.Exists / LookupCost)
            await run.GoThroughAsync();
        else
            await run.LookUpAsync();
        return run.Found();
    }

    private async ValueTask<IndexTrust> AskIndexAsync(SearchPlan plan, long scopeSize, CancellationToken cancellationToken)
    {
        if (plan.Needles.Count == 0 || await service.LookUpAsync(plan.Needles, scopeSize, cancellationToken) is not { } answers)
            return IndexTrust.None;
        plan.Take(answers.Answers);
        return answers.Trust;
    }

    private sealed class FolderRun(
        IDatabase database, ContentReader contents, Func<long, bool, IAttachmentTexts?> attachments, FolderPlaces places, SearchPlan plan,
        IndexTrust trust, CancellationToken cancellationToken)
    {
        private readonly List<uint> _found = [];

        /// <summary>Each once, ascending. One is found twice only if the newest content of the index was removed under way, and less of
        /// it was trusted from then on.</summary>
        public IReadOnlyList<uint> Found()
        {
            _found.Sort();
            int kept = 0;
            for (int i = 0; i < _found.Count; i++)
            {
                if (i == 0 || _found[i] != _found[i - 1])
                    _found[kept++] = _found[i];
            }
            _found.RemoveRange(kept, _found.Count - kept);
            return _found;
        }

        public ValueTask GoThroughAsync() => GoThroughAsync(0, 0);

        public async ValueTask GoThroughAsync(uint[] uids)
        {
            foreach (uint[] some in uids.Chunk(PlacesPerPage))
                await TestAsync(session => FolderPlaces.FindAsync(session, places.FolderId, some));
        }

        public async ValueTask LookUpAsync()
        {
            foreach (long[] some in plan.Possible.Listed.Chunk(ContentsPerPage))
                await TestAsync(session => places.ReadOfAsync(session, some), upToTrusted: true);
            // Whatever the index does not know yet.
            await GoThroughAsync(await database.ReadAsync(trust.FindAsync, cancellationToken), uint.MaxValue);
        }

        private async ValueTask GoThroughAsync(long content, uint uid)
        {
            while (true)
            {
                List<Place> page = await TestAsync(session => places.ReadAfterAsync(session, content, uid, PlacesPerPage));
                if (page.Count < PlacesPerPage)
                    return;
                (content, uid) = (page[^1].ContentId, page[^1].Uid);
            }
        }

        private async ValueTask<List<Place>> TestAsync(Func<IReadSession, ValueTask<List<Place>>> read, bool upToTrusted = false)
        {
            (List<Place> page, long trusted) = await database.ReadAsync(
                async session => (await read(session), await trust.FindAsync(session)), cancellationToken);
            var verifier = new SearchVerifier(plan, trusted, contents, attachments);
            foreach (Place place in page)
            {
                if (upToTrusted && place.ContentId > trusted)
                    continue;
                if (await MeetsAsync(verifier, place))
                    _found.Add(place.Uid);
            }
            return page;
        }

        // RFC 9051 §6.4.4 knows no answer for a part of the messages. What can't be read may or may not meet the query, so neither the
        // query nor its contrary finds it; the others are found.
        private async ValueTask<bool> MeetsAsync(SearchVerifier verifier, Place place)
        {
            try
            {
                return await verifier.MeetsAsync(place, cancellationToken);
            }
            catch (ContentException damage) when (damage is MissingContentException or DamagedContentException)
            {
                contents.Report(damage);
                return false;
            }
        }
    }
}
