using UnifiedMsg.Database;
using UnifiedMsg.Store.Items;

namespace UnifiedMsg.Store.Folders;

/// <summary>Reads what a client begins with, without a look at the items.</summary>
internal static class FolderOpener
{
    // More sets of keywords than anybody shows.
    private const int MostKeywordSets = 1000;

    public static async ValueTask<OpenedFolder> ReadAsync(IReadSession session, Folder folder) => new(
        folder, await UidGaps.ReadUidsAsync(session, folder), await ReadKeywordsAsync(session, folder.Id));

    // From each set of keywords to the next in the index, past all items that have the same.
    private static async ValueTask<IReadOnlyList<string>> ReadKeywordsAsync(IReadSession session, long folderId)
    {
        List<string> sets = await session.QueryAsync(
            "WITH RECURSIVE sets(keywords) AS ("
            + "SELECT min(keywords) FROM store_items WHERE folder_id = @p0 AND keywords IS NOT NULL "
            + "UNION ALL SELECT (SELECT min(i.keywords) FROM store_items i WHERE i.folder_id = @p0 AND i.keywords IS NOT NULL "
            + "AND i.keywords > s.keywords) FROM sets s WHERE s.keywords IS NOT NULL) "
            + "SELECT keywords FROM sets WHERE keywords IS NOT NULL LIMIT @p1",
            row => row.GetString(0), folderId, MostKeywordSets);
        return [.. sets.SelectMany(Keywords.Parse).Distinct(StringComparer.OrdinalIgnoreCase)];
    }
}
