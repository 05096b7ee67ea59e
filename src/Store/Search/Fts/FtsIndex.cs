using UnifiedMsg.Database;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Search.Fts;

/// <summary>The index in <c>search.db</c>, by SQLite's FTS5.</summary>
internal sealed class FtsIndex : ISearchIndex
{
    /// <summary>Marks by which it is found out whether the index is of this store: as many newest messages may have been removed.</summary>
    private const int Marks = 16;

    /// <summary>Pages that one step of tidying merges, so that a new message waits for moments only.</summary>
    private const int PagesPerStep = 200;

    private readonly SideDatabase _database;

    private FtsIndex(SideDatabase database) => _database = database;

    public long Size => _database.Size;

    /// <summary>Opens the file; a damaged or old one is put aside.</summary>
    /// <param name="path">The file.</param>
    /// <param name="variant">What is read of attachments, below 100: an index of another variant lacks something or has too much.</param>
    public static FtsIndex Open(string path, int variant = 0) => new(SideDatabase.Open(path, FtsSchema.FileVersion(variant), FtsSchema.Sql));

    public ValueTask<IndexAnswers> LookUpAsync(IReadOnlyList<Needle> needles, long scopeSize, CancellationToken cancellationToken) =>
        _database.ReadAsync(
            async session =>
            {
                List<IndexMark> newest = await ReadNewestAsync(session);
                if (newest.Count == 0)
                    return IndexAnswers.None;
                var lookup = new FtsLookup(session, newest[0].ContentId, scopeSize, cancellationToken);
                var answers = new List<IndexAnswer>(needles.Count);
                foreach (Needle needle in needles)
                    answers.Add(await lookup.FindAsync(needle));
                return new IndexAnswers(new IndexTrust(newest), answers);
            },
            cancellationToken);

    /// <summary>The newest contents indexed, descending.</summary>
    public async ValueTask<IReadOnlyList<IndexMark>> ReadNewestAsync(CancellationToken cancellationToken) =>
        await _database.ReadAsync(ReadNewestAsync, cancellationToken);

    public Task AddAsync(IReadOnlyList<IndexedText> texts, CancellationToken cancellationToken) => _database.WriteAsync(
        async session =>
        {
            foreach (IndexedText text in texts)
                await AddAsync(session, text);
            await FtsVocabulary.AddAsync(session, texts);
            return 0;
        },
        cancellationToken);

    /// <summary>The contents after this one, ascending.</summary>
    public async ValueTask<IReadOnlyList<IndexMark>> ReadMarksAsync(long after, int count, CancellationToken cancellationToken) =>
        await _database.ReadAsync(
            session => session.QueryAsync(
                "SELECT content_id, hash_key FROM docs WHERE content_id > @p0 ORDER BY content_id LIMIT @p1",
                row => new IndexMark(row.GetInt64(0), row.GetInt64(1)), after, count),
            cancellationToken);

    public ValueTask<string?> ReadExtractAsync(long contentId, long part, CancellationToken cancellationToken) => _database.ReadAsync(
        session => session.QueryFirstAsync(
            "SELECT text FROM extracts WHERE content_id = @p0 AND part = @p1", row => row.GetString(0), contentId, part),
        cancellationToken);

    /// <summary>Removes contents.</summary>
    public Task RemoveAsync(IReadOnlyList<long> contentIds, CancellationToken cancellationToken) => _database.WriteAsync(
        async session =>
        {
            foreach (long id in contentIds)
            {
                await session.ExecuteAsync("DELETE FROM docs WHERE content_id = @p0", id);
                await session.ExecuteAsync("DELETE FROM words WHERE rowid = @p0", id);
                await session.ExecuteAsync("DELETE FROM codes WHERE rowid = @p0", id);
                await session.ExecuteAsync("DELETE FROM extracts WHERE content_id = @p0", id);
            }
            return 0;
        },
        cancellationToken);

    // FTS5 §6.11: the first merge of a round is asked for with a negative number, and it is done when less than two rows changed.
    public Task<bool> TidyAsync(CancellationToken cancellationToken) => _database.WriteAsync(
        async session => await MergeAsync(session, "words") | await MergeAsync(session, "codes") | await MergeAsync(session, "term_grams"),
        cancellationToken);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private static async ValueTask<bool> MergeAsync(IWriteSession session, string table)
    {
        long? before = await session.QueryLongAsync("SELECT total_changes()");
        await session.ExecuteAsync($"INSERT INTO {table}({table}, rank) VALUES('merge', @p0)", -PagesPerStep);
        return await session.QueryLongAsync("SELECT total_changes()") - before >= 2;
    }

    private static ValueTask<List<IndexMark>> ReadNewestAsync(IReadSession session) => session.QueryAsync(
        "SELECT content_id, hash_key FROM docs ORDER BY content_id DESC LIMIT @p0", row => new IndexMark(row.GetInt64(0), row.GetInt64(1)), Marks);

    private static async ValueTask AddAsync(IWriteSession session, IndexedText text)
    {
        await session.ExecuteAsync(
            "INSERT INTO docs(content_id, hash_key, partial) VALUES(@p0, @p1, @p2)", text.Mark.ContentId, text.Mark.HashKey, text.IsPartial);
        await session.ExecuteAsync(
            "INSERT INTO words(rowid, subject, sender, recipient, cc, bcc, header, body) VALUES(@p0, @p1, @p2, @p3, @p4, @p5, @p6, @p7)",
            Row(text, text.WordsOf));
        await session.ExecuteAsync(
            "INSERT INTO codes(rowid, subject, sender, recipient, cc, bcc, header, body) VALUES(@p0, @p1, @p2, @p3, @p4, @p5, @p6, @p7)",
            Row(text, text.CodesOf));
        foreach ((long part, string extract) in text.Extracts)
            await session.ExecuteAsync("INSERT INTO extracts(content_id, part, text) VALUES(@p0, @p1, @p2)", text.Mark.ContentId, part, extract);
    }

    private static object?[] Row(IndexedText text, Func<IndexColumn, string?> columns)
    {
        var row = new object?[IndexedText.Columns + 1];
        row[0] = text.Mark.ContentId;
        for (int i = 0; i < IndexedText.Columns; i++)
            row[i + 1] = columns((IndexColumn)i);
        return row;
    }
}
