using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search;

/// <summary>
/// How far an index is of this store. Contents get ascending ids, so an index that has the content with the highest id has all before
/// it. An id may be given again, but only above all that are there: as long as the newest indexed content is still in the store with
/// the same hash, nothing up to it was replaced; else the same holds for the one before it.
/// </summary>
internal static class IndexTrust
{
    /// <summary>The newest of these marks that the store has too, or 0.</summary>
    public static async ValueTask<long> FindAsync(IReadSession session, IReadOnlyList<IndexMark> newest)
    {
        foreach (IndexMark mark in newest)
        {
            if (await session.QueryLongAsync("SELECT hash_key FROM store_contents WHERE id = @p0", mark.ContentId) == mark.HashKey)
                return mark.ContentId;
        }
        return 0;
    }
}
