using UnifiedMsg.Database;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>The index in <c>search.db</c>: words with their places, in segments.</summary>
internal sealed class PostingsIndex : ISearchIndex
{
    /// <summary>Marks by which it is found out whether the index is of this store: as many newest messages may have been removed.</summary>
    private const int Marks = 16;

    /// <summary>Octets that one step of merging writes, so that a new message waits for moments only.</summary>
    private const long OctetsPerStep = 4 << 20;

    private readonly SideDatabase _database;
    private SegmentMerger? _merger;
    private bool _begun;

    private PostingsIndex(SideDatabase database) => _database = database;

    public long Size => _database.Size;

    /// <summary>Why the file that was there was put aside, or null when none was.</summary>
    public string? PutAsideBecause => _database.PutAsideBecause;

    /// <summary>Opens the file; a damaged or old one is put aside.</summary>
    /// <param name="path">The file.</param>
    /// <param name="variant">What is read of attachments, below 100: an index of another variant lacks something or has too much.</param>
    public static PostingsIndex Open(string path, int variant = 0) =>
        new(SideDatabase.Open(path, PostingsSchema.FileVersion(variant), PostingsSchema.Sql));

    public ValueTask<IndexAnswers> LookUpAsync(IReadOnlyList<Needle> needles, long scopeSize, CancellationToken cancellationToken) =>
        ReadAsync(
            async session =>
            {
                List<IndexMark> newest = await ReadNewestAsync(session);
                if (newest.Count == 0)
                    return IndexAnswers.None;
                var lookup = new NeedleLookup(session, scopeSize, cancellationToken);
                var answers = new List<IndexAnswer>(needles.Count);
                foreach (Needle needle in needles)
                    answers.Add(await lookup.FindAsync(needle));
                return new IndexAnswers(new IndexTrust(newest), answers);
            },
            cancellationToken);

    /// <summary>The newest contents indexed, descending.</summary>
    public async ValueTask<IReadOnlyList<IndexMark>> ReadNewestAsync(CancellationToken cancellationToken) =>
        await ReadAsync(ReadNewestAsync, cancellationToken);

    public async Task AddAsync(IReadOnlyList<IndexedText> texts, CancellationToken cancellationToken)
    {
        await WriteAsync(
            async session =>
            {
                foreach (List<IndexedText> some in PartByWidth(texts))
                    await AddAsync(session, some);
                return 0;
            },
            cancellationToken);
        while (await WriteAsync(session => MergeAsync(session, MergePolicy.Many), cancellationToken)) { }
    }

    /// <summary>The contents after this one, ascending.</summary>
    public async ValueTask<IReadOnlyList<IndexMark>> ReadMarksAsync(long after, int count, CancellationToken cancellationToken) =>
        await ReadAsync(
            session => session.QueryAsync(
                "SELECT content_id, hash_key FROM docs WHERE content_id > @p0 ORDER BY content_id LIMIT @p1",
                row => new IndexMark(row.GetInt64(0), row.GetInt64(1)), after, count),
            cancellationToken);

    public ValueTask<string?> ReadExtractAsync(long contentId, long part, CancellationToken cancellationToken) => ReadAsync(
        session => session.QueryFirstAsync(
            "SELECT text FROM extracts WHERE content_id = @p0 AND part = @p1", row => row.GetString(0), contentId, part),
        cancellationToken);

    /// <summary>Removes contents.</summary>
    public Task RemoveAsync(IReadOnlyList<long> contentIds, CancellationToken cancellationToken) => WriteAsync(
        async session =>
        {
            foreach (long id in contentIds)
            {
                await session.ExecuteAsync("DELETE FROM docs WHERE content_id = @p0", id);
                await session.ExecuteAsync("DELETE FROM extracts WHERE content_id = @p0", id);
                await session.ExecuteAsync("UPDATE segments SET removed = removed + 1 WHERE @p0 BETWEEN first_id AND last_id AND merging = 0", id);
            }
            return 0;
        },
        cancellationToken);

    public Task<bool> TidyAsync(CancellationToken cancellationToken) =>
        WriteAsync(session => MergeAsync(session, MergePolicy.Few), cancellationToken);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private static ValueTask<List<IndexMark>> ReadNewestAsync(IReadSession session) => session.QueryAsync(
        "SELECT content_id, hash_key FROM docs ORDER BY content_id DESC LIMIT @p0", row => new IndexMark(row.GetInt64(0), row.GetInt64(1)), Marks);

    // Where very many contents between two are gone.
    private static IEnumerable<List<IndexedText>> PartByWidth(IReadOnlyList<IndexedText> texts)
    {
        var some = new List<IndexedText>(texts.Count);
        foreach (IndexedText text in texts)
        {
            if (some.Count > 0 && text.Mark.ContentId - some[0].Mark.ContentId >= MergePolicy.MaxWidth)
            {
                yield return some;
                some = [];
            }
            some.Add(text);
        }
        yield return some;
    }

    private static async ValueTask AddAsync(IWriteSession session, IReadOnlyList<IndexedText> texts)
    {
        (long first, long last) = (texts[0].Mark.ContentId, texts[^1].Mark.ContentId);
        await CutOffAsync(session, first);
        FieldNumbers fields = await FieldNumbers.ReadAsync(session);
        var builder = new SegmentBuilder(first, fields);
        foreach (IndexedText text in texts)
        {
            bool whole = builder.Add(text);
            await session.ExecuteAsync(
                "INSERT INTO docs(content_id, hash_key, partial) VALUES(@p0, @p1, @p2)", text.Mark.ContentId, text.Mark.HashKey, text.IsPartial || !whole);
            foreach ((long part, string extract) in text.Extracts)
                await session.ExecuteAsync("INSERT INTO extracts(content_id, part, text) VALUES(@p0, @p1, @p2)", text.Mark.ContentId, part, extract);
        }
        await fields.WriteAsync(session);
        await builder.WriteAsync(session, await Segment.InsertAsync(session, first, last, texts.Count, merging: false));
    }

    // Contents come above all that are there, so what segments have from here on is of contents that are gone.
    private static async ValueTask CutOffAsync(IWriteSession session, long firstId)
    {
        foreach (Segment segment in await Segment.ReadAllAsync(session))
        {
            if (segment.FirstId >= firstId)
                await Segment.DeleteAsync(session, segment.Id);
            else if (segment.LastId >= firstId)
                await session.ExecuteAsync("UPDATE segments SET last_id = @p1, removed = max(removed, 1) WHERE id = @p0", segment.Id, firstId - 1);
        }
    }

    // False when nothing is left to merge.
    private async ValueTask<bool> MergeAsync(IWriteSession session, int least)
    {
        if (!_begun)
        {
            // What a merge had written that was broken off.
            foreach (long id in await session.QueryAsync("SELECT id FROM segments WHERE merging <> 0", row => row.GetInt64(0)))
                await Segment.DeleteAsync(session, id);
            _begun = true;
        }
        if (_merger is null || least == MergePolicy.Many)
        {
            List<Segment> segments = await Segment.ReadAllAsync(session);
            IReadOnlyList<Segment> found = MergePolicy.Find(segments, least);
            if (found.Count == 0 && least == MergePolicy.Few)
                found = MergePolicy.FindWorn(segments);
            if (found.Count == 0)
                return false;
            _merger ??= await SegmentMerger.BeginAsync(session, found);
        }
        if (!await _merger.StepAsync(session, OctetsPerStep))
            _merger = null;
        return true;
    }

    private async ValueTask<T> ReadAsync<T>(Func<IReadSession, ValueTask<T>> query, CancellationToken cancellationToken)
    {
        try
        {
            return await _database.ReadAsync(query, cancellationToken);
        }
        catch (Exception fault) when (IsDamage(fault))
        {
            throw new DamagedDatabaseException(_database.Path, fault);
        }
    }

    private async Task<T> WriteAsync<T>(Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken)
    {
        try
        {
            return await _database.WriteAsync(unit, cancellationToken);
        }
        catch (Exception fault) when (IsDamage(fault))
        {
            throw new DamagedDatabaseException(_database.Path, fault);
        }
    }

    // Rows have sums; what has the right one and makes no sense was not written by us.
    internal static bool IsDamage(Exception fault) =>
        fault is InvalidDataException or IndexOutOfRangeException or ArgumentException or OverflowException;
}
