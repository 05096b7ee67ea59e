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
    /// <summary>More hits than these are found by a map of the folder, which is made where there is none.</summary>
    private const int HitsWithoutMap = 1000;

    private readonly FolderMaps _maps = new();

    /// <summary>The UIDs of the items of a folder that meet the query, ascending.</summary>
    /// <param name="folderId">The folder.</param>
    /// <param name="query">The query.</param>
    /// <param name="uids">Only these; null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask<IReadOnlyList<uint>> FindAsync(
        long folderId, SearchQuery query, IReadOnlyCollection<uint>? uids, CancellationToken cancellationToken)
    {
        Folder folder = await database.ReadOneAsync(session => FolderReader.RequireAsync(session, folderId), cancellationToken);
        var plan = new SearchPlan(query);
        IndexTrust trust = await AskIndexAsync(plan, uids?.Count ?? folder.Exists, cancellationToken);
        var places = new FolderPlaces(folderId, plan.NeedsItems, database.TakesArrays);
        var run = new FolderSearch(database, contents, service.AttachmentsOf, places, plan, trust, cancellationToken);
        bool hasFew = !plan.Possible.IsInverted && plan.Possible.ListedCount <= HitsWithoutMap;
        if (uids is not null)
            await run.GoThroughAsync(UidRanges.Sort(uids));
        else if (!plan.HasText)
            await run.GoThroughAsync();
        else if ((!hasFew || _maps.Knows(folderId)) && await FindMapAsync(folderId, trust, !hasFew, cancellationToken) is ({ } map, var trusted))
            await run.GoThroughAsync(map, trusted);
        else if (hasFew)
            await run.LookUpAsync();
        else
            await run.GoThroughAsync();
        return run.Found();
    }

    private async ValueTask<IndexTrust> AskIndexAsync(SearchPlan plan, long scopeSize, CancellationToken cancellationToken)
    {
        if (plan.Needles.Count == 0 || await service.LookUpAsync(plan.Needles, scopeSize, cancellationToken) is not { } answers)
            return IndexTrust.None;
        plan.Take(answers.Answers);
        return answers.Trust;
    }

    private ValueTask<(FolderMap? Map, long Trusted)> FindMapAsync(
        long folderId, IndexTrust trust, bool makes, CancellationToken cancellationToken) => database.ReadAsync(
            async session =>
            {
                Folder folder = await FolderReader.RequireAsync(session, folderId);
                return (await _maps.FindAsync(session, folder, makes), await trust.FindAsync(session));
            },
            cancellationToken);
}
