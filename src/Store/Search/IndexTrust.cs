using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search;

/// <summary>
/// How far an index is of this store. Contents get ascending ids. On SQLite an index that has the content with the highest id has all before
/// it. An id may be given again there, but only above all that are there: as long as the newest indexed content is still in the store with
/// the same hash, nothing up to it was replaced; else the same holds for the one before it.
/// </summary>
/// <param name="Newest">The newest contents indexed, descending.</param>
/// <param name="Known">Up to this one it is of this store whatever is there, where ids are never given again.</param>
internal sealed record IndexTrust(IReadOnlyList<IndexMark> Newest, long Known = 0)
{
    /// <summary>Nothing is known.</summary>
    public static IndexTrust None { get; } = new([]);

    /// <summary>The newest of the marks that the store has too, or what is known without.</summary>
    public async ValueTask<long> FindAsync(IReadSession session)
    {
        foreach (IndexMark mark in Newest)
        {
            if (await session.QueryLongAsync("SELECT hash_key FROM store_contents WHERE id = @p0", mark.ContentId) == mark.HashKey)
                return mark.ContentId;
        }
        return Known;
    }
}
