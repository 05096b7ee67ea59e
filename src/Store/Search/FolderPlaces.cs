using System.Data.Common;
using UnifiedMsg.Database;
using UnifiedMsg.Store.Items;

namespace UnifiedMsg.Store.Search;

/// <summary>Where a content is in a folder. The item itself is there only when the query asks about it.</summary>
internal readonly record struct Place(long ContentId, uint Uid, Item? Item);

/// <summary>Finds contents in a folder. Where the items are not needed, the index by content has all that is asked, and is all that is read.</summary>
internal sealed class FolderPlaces(long folderId, bool withItems)
{
    private const int ContentsPerQuery = 32;

    private static readonly string Of = "WHERE folder_id = @p0 AND content_id IN (" + string.Join(", ", Enumerable.Range(1, ContentsPerQuery).Select(i => $"@p{i}")) + ")";
    private static readonly string PlacesOf = "SELECT content_id, uid FROM store_items " + Of;
    private static readonly string ItemsOf = ItemReader.Select + Of;

    private const string After = "WHERE folder_id = @p0 AND (content_id, uid) > (@p1, @p2) ORDER BY content_id, uid LIMIT @p3";
    private const string PlacesAfter = "SELECT content_id, uid FROM store_items " + After;
    private const string ItemsAfter = ItemReader.Select + After;

    /// <summary>The folder.</summary>
    public long FolderId => folderId;

    /// <summary>The places after one, by content and by UID.</summary>
    public ValueTask<List<Place>> ReadAfterAsync(IReadSession session, long contentId, uint uid, int count) =>
        session.QueryAsync<Place>(withItems ? ItemsAfter : PlacesAfter, withItems ? MapItem : Map, folderId, contentId, uid, count);

    /// <summary>The places of these contents.</summary>
    public async ValueTask<List<Place>> ReadOfAsync(IReadSession session, long[] contentIds)
    {
        var found = new List<Place>(contentIds.Length);
        var arguments = new object?[ContentsPerQuery + 1];
        arguments[0] = folderId;
        for (int i = 0; i < contentIds.Length; i += ContentsPerQuery)
        {
            // The last ones are made up by repeating one.
            for (int j = 0; j < ContentsPerQuery; j++)
                arguments[j + 1] = contentIds[Math.Min(i + j, contentIds.Length - 1)];
            found.AddRange(await session.QueryAsync<Place>(withItems ? ItemsOf : PlacesOf, withItems ? MapItem : Map, arguments));
        }
        return found;
    }

    /// <summary>The places of UIDs, with their items.</summary>
    public static async ValueTask<List<Place>> FindAsync(IReadSession session, long folderId, uint[] sorted)
    {
        List<StoredItem> found = await ItemReader.FindAsync(session, folderId, sorted);
        return found.ConvertAll(stored => new Place(stored.ContentId, stored.Item.Uid, stored.Item));
    }

    private static Place Map(DbDataReader row) => new(row.GetInt64(0), (uint)row.GetInt64(1), null);

    private static Place MapItem(DbDataReader row)
    {
        StoredItem stored = ItemReader.MapStored(row);
        return new Place(stored.ContentId, stored.Item.Uid, stored.Item);
    }
}
