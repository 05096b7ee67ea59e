using System.Data.Common;
using UnifiedMsg.Database;
using UnifiedMsg.Store.Items;

namespace UnifiedMsg.Store.Search;

/// <summary>Where a content is in a folder. The item itself is there only when the query asks about it.</summary>
internal readonly record struct Place(long ContentId, uint Uid, Item? Item);

/// <summary>Finds contents in a folder. Where the items are not needed, the index by content has all that is asked, and is all that is read.</summary>
/// <param name="folderId">The folder.</param>
/// <param name="withItems">Whether the items are needed.</param>
/// <param name="byArray">Whether all are found by one query, where that may be a turn to a server (see <see cref="IDatabase.TakesArrays"/>).</param>
internal sealed class FolderPlaces(long folderId, bool withItems, bool byArray)
{
    private const int PerQuery = 32;

    /// <summary>UIDs of which more than so many are missing between two that are wanted are found one by one.</summary>
    private const int MostBetween = 4;

    private static readonly string List = "(" + string.Join(", ", Enumerable.Range(1, PerQuery).Select(i => $"@p{i}")) + ")";
    private static readonly string PlacesOf = "SELECT content_id, uid FROM store_items WHERE folder_id = @p0 AND content_id IN " + List;
    private static readonly string ItemsOf = ItemReader.Select + "WHERE folder_id = @p0 AND content_id IN " + List;
    private static readonly string ItemsWith = ItemReader.Select + "WHERE folder_id = @p0 AND uid IN " + List;

    private const string PlacesOfArray = "SELECT content_id, uid FROM store_items WHERE folder_id = @p0 AND content_id = ANY(@p1)";
    private const string ItemsOfArray = ItemReader.Select + "WHERE folder_id = @p0 AND content_id = ANY(@p1)";

    private const string After = "WHERE folder_id = @p0 AND (content_id, uid) > (@p1, @p2) ORDER BY content_id, uid LIMIT @p3";
    private const string PlacesAfter = "SELECT content_id, uid FROM store_items " + After;
    private const string ItemsAfter = ItemReader.Select + After;

    /// <summary>The folder.</summary>
    public long FolderId => folderId;

    /// <summary>The places after one, by content and by UID.</summary>
    public ValueTask<List<Place>> ReadAfterAsync(IReadSession session, long contentId, uint uid, int count) =>
        session.QueryAsync<Place>(withItems ? ItemsAfter : PlacesAfter, withItems ? MapItem : Map, folderId, contentId, uid, count);

    /// <summary>The places of these contents.</summary>
    public ValueTask<List<Place>> ReadOfAsync(IReadSession session, long[] contentIds)
    {
        Func<DbDataReader, Place> map = withItems ? MapItem : Map;
        return byArray
            ? session.QueryAsync(withItems ? ItemsOfArray : PlacesOfArray, map, folderId, contentIds)
            : ReadAsync(session, withItems ? ItemsOf : PlacesOf, map, folderId, contentIds);
    }

    /// <summary>The places of UIDs, with their items.</summary>
    public static async ValueTask<List<Place>> FindAsync(IReadSession session, long folderId, uint[] sorted)
    {
        if (sorted.Length > 0 && (sorted[^1] - sorted[0]) / sorted.Length > MostBetween)
            return await ReadAsync(session, ItemsWith, MapItem, folderId, Array.ConvertAll(sorted, uid => (long)uid));
        List<StoredItem> found = await ItemReader.FindAsync(session, folderId, sorted);
        return found.ConvertAll(stored => new Place(stored.ContentId, stored.Item.Uid, stored.Item));
    }

    private static async ValueTask<List<Place>> ReadAsync(
        IReadSession session, string sql, Func<DbDataReader, Place> map, long folderId, long[] numbers)
    {
        var found = new List<Place>(numbers.Length);
        var arguments = new object?[PerQuery + 1];
        arguments[0] = folderId;
        for (int i = 0; i < numbers.Length; i += PerQuery)
        {
            // The last ones are made up by repeating one.
            for (int j = 0; j < PerQuery; j++)
                arguments[j + 1] = numbers[Math.Min(i + j, numbers.Length - 1)];
            found.AddRange(await session.QueryAsync(sql, map, arguments));
        }
        return found;
    }

    private static Place Map(DbDataReader row) => new(row.GetInt64(0), (uint)row.GetInt64(1), null);

    private static Place MapItem(DbDataReader row)
    {
        StoredItem stored = ItemReader.MapStored(row);
        return new Place(stored.ContentId, stored.Item.Uid, stored.Item);
    }
}
