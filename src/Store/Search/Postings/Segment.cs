using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>A segment: the index of contents that follow each other.</summary>
/// <param name="Id">Its number.</param>
/// <param name="FirstId">The content that documents are counted from.</param>
/// <param name="LastId">The last content; what the lists have above it is of contents that are gone.</param>
/// <param name="Docs">Contents that were put into it.</param>
/// <param name="Removed">About how many of them are gone.</param>
internal sealed record Segment(long Id, long FirstId, long LastId, long Docs, long Removed)
{
    /// <summary>The list of words.</summary>
    public long Words => Id * 2;

    /// <summary>The list of trigrams of codes.</summary>
    public long Codes => (Id * 2) + 1;

    // The rows of segments have no sum.
    private bool IsSound => Id is > 0 and < int.MaxValue && FirstId >= 0 && LastId >= FirstId && LastId - FirstId < MergePolicy.MaxWidth
        && Docs is >= 0 and <= MergePolicy.MaxWidth && Removed >= 0;

    /// <summary>All segments that are whole, in the order of their contents.</summary>
    /// <exception cref="InvalidDataException">One makes no sense: whoever used it would go through more than there can be.</exception>
    public static async ValueTask<List<Segment>> ReadAllAsync(IReadSession session)
    {
        List<Segment> segments = await session.QueryAsync(
            "SELECT id, first_id, last_id, docs, removed FROM segments WHERE merging = 0 ORDER BY first_id",
            row => new Segment(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4)));
        return segments.TrueForAll(segment => segment.IsSound) ? segments : throw new InvalidDataException("a segment of the search index makes no sense");
    }

    public static async ValueTask<long> InsertAsync(IWriteSession session, long firstId, long lastId, long docs, bool merging) =>
        (await session.QueryLongAsync(
            "INSERT INTO segments(first_id, last_id, docs, removed, merging) VALUES(@p0, @p1, @p2, 0, @p3) RETURNING id", firstId, lastId, docs, merging))!.Value;

    /// <summary>Deletes a segment with its lists.</summary>
    public static async ValueTask DeleteAsync(IWriteSession session, long id)
    {
        (long first, long last) = (ListWriter.RowId(id * 2, 0), ListWriter.RowId((id * 2) + 2, 0) - 1);
        await session.ExecuteAsync("DELETE FROM segments WHERE id = @p0", id);
        await session.ExecuteAsync("DELETE FROM terms WHERE list IN (@p0, @p1)", id * 2, (id * 2) + 1);
        await session.ExecuteAsync("DELETE FROM postings WHERE id BETWEEN @p0 AND @p1", first, last);
        await session.ExecuteAsync("DELETE FROM positions WHERE id BETWEEN @p0 AND @p1", first, last);
    }
}
