using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>What the index lacks: contents above the newest one that both have, since ids are committed in their order.</summary>
internal sealed class PostingsBacklog(IDatabase store, PostingsIndex index) : IIndexBacklog
{
    /// <summary>Rows compared at a time.</summary>
    private const int MarksPerPage = 2000;

    public async ValueTask<long> CountAsync(CancellationToken cancellationToken)
    {
        var trust = new IndexTrust(await index.ReadNewestAsync(cancellationToken));
        return await store.ReadAsync(
            async session =>
            {
                long trusted = await trust.FindAsync(session);
                return Math.Max(0, (await session.QueryLongAsync("SELECT max(id) FROM store_contents") ?? 0) - trusted);
            },
            cancellationToken);
    }

    public async ValueTask<IReadOnlyList<IndexMark>> ReadNextAsync(int count, CancellationToken cancellationToken)
    {
        long trusted = await FindTrustedAsync(cancellationToken);
        return await store.ReadAsync(
            session => session.QueryAsync(
                "SELECT id, hash_key FROM store_contents WHERE id > @p0 ORDER BY id LIMIT @p1",
                row => new IndexMark(row.GetInt64(0), row.GetInt64(1)), trusted, count),
            cancellationToken);
    }

    // Page by page, both in the order of their ids.
    public async ValueTask CompareAsync(CancellationToken cancellationToken)
    {
        long after = 0;
        IReadOnlyList<IndexMark> page;
        while ((page = await index.ReadMarksAsync(after, MarksPerPage, cancellationToken)).Count > 0)
        {
            long last = page[^1].ContentId;
            List<IndexMark> there = await store.ReadAsync(
                session => session.QueryAsync(
                    "SELECT id, hash_key FROM store_contents WHERE id > @p0 AND id <= @p1 ORDER BY id",
                    row => new IndexMark(row.GetInt64(0), row.GetInt64(1)), after, last),
                cancellationToken);
            HashSet<IndexMark> known = [.. page];
            if (there.Exists(mark => !known.Contains(mark)))
                throw new DamagedDatabaseException("search.db", new InvalidDataException("it is the index of another store"));
            HashSet<IndexMark> kept = [.. there];
            long[] gone = [.. page.Where(mark => !kept.Contains(mark)).Select(mark => mark.ContentId)];
            if (gone.Length > 0)
                await index.RemoveAsync(gone, cancellationToken);
            after = last;
        }
    }

    // What is above the newest content that both have was of contents that are gone, whose ids may be given again.
    private async Task<long> FindTrustedAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<IndexMark> newest = await index.ReadNewestAsync(cancellationToken);
        long trusted = await store.ReadAsync(session => new IndexTrust(newest).FindAsync(session), cancellationToken);
        if (newest.Count == 0 || newest[0].ContentId == trusted)
            return trusted;
        if (trusted == 0)
        {
            await CompareAsync(cancellationToken);
            return (await index.ReadNewestAsync(cancellationToken)).FirstOrDefault().ContentId;
        }
        IReadOnlyList<IndexMark> above = await index.ReadMarksAsync(trusted, MarksPerPage, cancellationToken);
        await index.RemoveAsync([.. above.Select(mark => mark.ContentId)], cancellationToken);
        return trusted;
    }
}
