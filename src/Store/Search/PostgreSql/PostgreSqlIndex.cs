using System.Data.Common;
using UnifiedMsg.Database;
using UnifiedMsg.Database.PostgreSql;
using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Search.PostgreSql;

/// <summary>The index in tables of the database. Any server looks up in it; what it adds is right whoever else adds.</summary>
/// <param name="tables">The tables.</param>
/// <param name="version">The version that they must bear.</param>
internal sealed class PostgreSqlIndex(SideTables tables, long version) : ISearchIndex
{
    /// <summary>Contents after which the index is worth tidying.</summary>
    private const long ContentsPerTidying = 20_000;

    private long _untidy;
    private long _size;

    public long Size => Interlocked.Read(ref _size);

    public async ValueTask<IndexAnswers> LookUpAsync(IReadOnlyList<Needle> needles, long scopeSize, CancellationToken cancellationToken)
    {
        IndexTables.State? asked = null;
        try
        {
            return await tables.ReadAsync(
                async session =>
                {
                    asked = await IndexTables.EnterAsync(session);
                    return asked is { } state ? await LookUpAsync(session, state, needles, scopeSize, cancellationToken) : IndexAnswers.None;
                },
                cancellationToken);
        }
        catch (DamagedDatabaseException) when (asked is not null)
        {
            // Whoever writes the index may be another server, and may never come to the page that is damaged.
            await MarkDamagedAsync(asked.Value);
            throw;
        }
    }

    /// <summary>Reads what the tables take on the disk.</summary>
    public async ValueTask MeasureAsync(CancellationToken cancellationToken)
    {
        const string Sizes = "SELECT sum(pg_total_relation_size(to_regclass(name)))::bigint "
            + "FROM unnest(ARRAY['search_docs', 'search_words', 'search_extracts']) AS t(name)";
        Interlocked.Exchange(ref _size, await tables.ReadAsync(session => session.QueryLongAsync(Sizes), cancellationToken) ?? 0);
    }

    public async Task AddAsync(IReadOnlyList<IndexedText> texts, CancellationToken cancellationToken) => _untidy += await tables.WriteAsync(
        async session =>
        {
            // Two that write at once, because one does not know yet that it is not the one any more, come one after the other.
            if (await session.QueryLongAsync("SELECT version FROM search_state FOR UPDATE") != version)
                throw new DamagedDatabaseException(PostgreSqlHome.Subject, new InvalidDataException("it is of another version"));
            // What a crash of PostgreSQL takes away is the last transactions, always whole ones: it is indexed again.
            await session.PostAsync("SET LOCAL synchronous_commit = off");
            Dictionary<string, int> words = await Vocabulary.AddAsync(session, texts);
            foreach (IndexedText text in texts)
                await AddAsync(session, text, words);
            return texts.Count;
        },
        cancellationToken);

    public async ValueTask<string?> ReadExtractAsync(long contentId, long part, CancellationToken cancellationToken)
    {
        (bool isIndexed, string? text) = await tables.ReadAsync(
            session => session.QueryFirstAsync(
                "SELECT e.text FROM search_docs d LEFT JOIN search_extracts e ON e.content_id = d.content_id AND e.part = @p1 WHERE d.content_id = @p0",
                row => (true, row.IsDBNull(0) ? null : row.GetString(0)), contentId, part),
            cancellationToken);
        return isIndexed ? text
            : throw new DamagedDatabaseException(PostgreSqlHome.Subject, new InvalidDataException("it was made anew meanwhile"));
    }

    // What waits to be sorted in is gone through by each scan of a search, for each number that is looked for: a hundred pages of it take
    // several times as long as the scan itself.
    public async Task<bool> TidyAsync(CancellationToken cancellationToken)
    {
        if (_untidy < ContentsPerTidying)
            return false;
        _untidy = 0;
        try
        {
            await tables.WriteAsync(
                session => session.QueryLongAsync("SELECT gin_clean_pending_list('search_docs_numbers') + gin_clean_pending_list('search_words_grams')"),
                cancellationToken);
        }
        catch (DbException)
        {
            // Such as that somebody removes it at this moment: whoever reads or writes it next finds what is wrong.
        }
        return false;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<IndexAnswers> LookUpAsync(
        IReadSession session, IndexTables.State state, IReadOnlyList<Needle> needles, long scopeSize, CancellationToken cancellationToken)
    {
        if (state.Version != version || state.UpTo == 0)
            return IndexAnswers.None;
        var lookup = new PostgreSqlLookup(session, scopeSize, cancellationToken);
        var answers = new List<IndexAnswer>(needles.Count);
        foreach (Needle needle in needles)
            answers.Add(await lookup.FindAsync(needle));
        return new IndexAnswers(new IndexTrust([], state.UpTo), answers);
    }

    private static async ValueTask AddAsync(IWriteSession session, IndexedText text, Dictionary<string, int> words)
    {
        var numbers = new HashSet<int>();
        for (int column = 0; column < IndexedText.Columns; column++)
        {
            foreach (string word in text.WordsIn((IndexColumn)column))
                numbers.Add(Word.NumberOf(words[word], column));
            foreach (string code in text.CodesIn((IndexColumn)column))
                Grams.Add(numbers, column, code);
        }
        foreach (IndexedPiece piece in text.Pieces)
            Pairs.Add(numbers, (int)IndexedText.ColumnOf(piece), piece.Text.Span);
        int[] sorted = [.. numbers];
        Array.Sort(sorted);
        await session.PostAsync(
            "INSERT INTO search_docs(content_id, hash_key, partial, numbers) VALUES(@p0, @p1, @p2, @p3) ON CONFLICT DO NOTHING",
            text.Mark.ContentId, text.Mark.HashKey, text.IsPartial, sorted);
        foreach ((long part, string extract) in text.Extracts)
        {
            await session.PostAsync(
                "INSERT INTO search_extracts(content_id, part, text) VALUES(@p0, @p1, @p2) ON CONFLICT DO NOTHING", text.Mark.ContentId, part, extract);
        }
    }

    // Not one that was made anew meanwhile.
    private async ValueTask MarkDamagedAsync(IndexTables.State state)
    {
        try
        {
            await tables.WriteAsync(session => session.ExecuteAsync("UPDATE search_state SET version = 0 WHERE version = @p0 AND made = @p1", version, state.Made));
        }
        catch (DamagedDatabaseException)
        {
            // Whoever writes it finds that too.
        }
    }
}
