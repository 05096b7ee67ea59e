using UnifiedMsg.Database;
using UnifiedMsg.Database.PostgreSql;

namespace UnifiedMsg.Store.Search.PostgreSql;

/// <summary>
/// What the index lacks: contents of which it has no row. Ids are not committed in their order, so "up to" goes on only to an id below which
/// nothing can come any more. Whoever inserts holds a lock on the table of contents from before it gets an id until its transaction ends: when all
/// who held it after an id was seen have ended, whatever has a lower id is committed, or never will be.
/// </summary>
internal sealed class PostgreSqlBacklog(SideTables tables, PostgreSqlIndex index, long version) : IIndexBacklog
{
    /// <summary>Rows compared at a time.</summary>
    private const int RowsPerPage = 5000;

    private const string Writers =
        "SELECT DISTINCT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND relation = 'store_contents'::regclass "
        + "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND mode = 'RowExclusiveLock'";

    private const string Lacking =
        "FROM store_contents c WHERE c.id > @p0 AND c.id <= @p1 AND NOT EXISTS (SELECT 1 FROM search_docs d WHERE d.content_id = c.id AND d.content_id > @p0)";

    // The highest id there was, and who may still commit a lower one.
    private (long Id, HashSet<string> Writers)? _awaited;

    /// <summary>Whether it waits for somebody else's transaction to end.</summary>
    public bool Waits => _awaited is not null;

    public async ValueTask<long> CountAsync(CancellationToken cancellationToken)
    {
        (long newest, long upTo) = await tables.ReadAsync(
            async session =>
            {
                bool isOurs = await IndexTables.FindVersionAsync(session) == version;
                return (await session.QueryLongAsync("SELECT max(id) FROM store_contents") ?? 0,
                    isOurs ? await session.QueryLongAsync("SELECT up_to FROM search_state") ?? 0 : 0);
            },
            cancellationToken);
        await index.MeasureAsync(cancellationToken);
        return Math.Max(0, newest - upTo);
    }

    public async ValueTask<IReadOnlyList<IndexMark>> ReadNextAsync(int count, CancellationToken cancellationToken)
    {
        long settled = await FindSettledAsync(cancellationToken);
        // In a snapshot that began after that.
        (long upTo, List<IndexMark> lacking) = await tables.ReadAsync(
            async session =>
            {
                long from = await RequireAsync(session);
                return (from, await session.QueryAsync(
                    $"SELECT c.id, c.hash_key {Lacking} ORDER BY c.id LIMIT @p2", row => new IndexMark(row.GetInt64(0), row.GetInt64(1)),
                    from, long.MaxValue, count));
            },
            cancellationToken);
        long reached = lacking.Count == 0 ? settled : Math.Min(settled, lacking[0].ContentId - 1);
        if (reached > upTo)
            await AdvanceAsync(reached, cancellationToken);
        return lacking;
    }

    public async ValueTask CompareAsync(CancellationToken cancellationToken)
    {
        for (long? after = 0; after is not null;)
            after = await ComparePageAsync(after.Value, cancellationToken);
    }

    // Up to here everything is committed.
    private async ValueTask<long> FindSettledAsync(CancellationToken cancellationToken)
    {
        (long newest, List<string> writers) = await tables.ReadAsync(
            async session => (
                await session.QueryLongAsync("SELECT max(id) FROM store_contents") ?? 0,
                await session.QueryAsync(Writers, row => row.GetString(0))),
            cancellationToken);
        _awaited ??= (newest, [.. writers]);
        if (_awaited.Value.Writers.Overlaps(writers))
            return 0;
        long settled = _awaited.Value.Id;
        _awaited = null;
        return settled;
    }

    private async ValueTask<long> RequireAsync(IReadSession session)
    {
        if (await IndexTables.EnterAsync(session) is { } state && state.Version == version)
            return state.UpTo;
        throw new DamagedDatabaseException(PostgreSqlHome.Subject, new InvalidDataException("it is of another version, or known to be damaged"));
    }

    private Task AdvanceAsync(long reached, CancellationToken cancellationToken) => tables.WriteAsync(
        async session =>
        {
            await session.PostAsync("SET LOCAL synchronous_commit = off");
            return await session.ExecuteAsync("UPDATE search_state SET up_to = @p0 WHERE up_to < @p0 AND version = @p1", reached, version);
        },
        cancellationToken);

    // Removes what is gone, and sees whether something is there that is not of this store, or not there that should be. Returns the last row.
    private async ValueTask<long?> ComparePageAsync(long after, CancellationToken cancellationToken)
    {
        (long? last, List<long> gone) = await tables.ReadAsync(
            async session =>
            {
                long upTo = await RequireAsync(session);
                List<(long Id, bool IsGone, bool IsOther)> page = await session.QueryAsync(
                    "SELECT d.content_id, c.id IS NULL, c.hash_key <> d.hash_key FROM search_docs d LEFT JOIN store_contents c ON c.id = d.content_id "
                    + "WHERE d.content_id > @p0 ORDER BY d.content_id LIMIT @p1",
                    row => (row.GetInt64(0), row.GetBoolean(1), !row.IsDBNull(2) && row.GetBoolean(2)), after, RowsPerPage);
                long? end = page.Count == RowsPerPage ? page[^1].Id : null;
                if (page.Exists(row => row.IsOther))
                    throw new DamagedDatabaseException(PostgreSqlHome.Subject, new InvalidDataException("it is the index of another store"));
                if (await session.QueryLongAsync($"SELECT count(*) {Lacking}", after, Math.Min(upTo, end ?? upTo)) > 0)
                    throw new DamagedDatabaseException(PostgreSqlHome.Subject, new InvalidDataException("some of it is missing"));
                return (end, page.Where(row => row.IsGone).Select(row => row.Id).ToList());
            },
            cancellationToken);
        if (gone.Count > 0)
            await RemoveAsync([.. gone], cancellationToken);
        return last;
    }

    private Task RemoveAsync(long[] contentIds, CancellationToken cancellationToken) => tables.WriteAsync(
        async session =>
        {
            await session.ExecuteAsync("DELETE FROM search_docs WHERE content_id = ANY(@p0)", contentIds);
            return await session.ExecuteAsync("DELETE FROM search_extracts WHERE content_id = ANY(@p0)", contentIds);
        },
        cancellationToken);
}
