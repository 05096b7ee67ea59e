using System.Diagnostics;
using UnifiedMsg.Database;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Search.Attachments;
using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Search;

/// <summary>Brings contents of the store into the index, in the order of their ids, and takes out what is gone.</summary>
internal sealed class SearchIndexer(
    IDatabase database, ContentReader contents, ISearchIndex index, SearchOptions options, IAttachmentTexts? attachments, TimeProvider time)
{
    /// <summary>Contents of one transaction of the index. Many at a time make a build quick: each batch is merged with others later.</summary>
    private const int ContentsPerBatch = 2000;

    /// <summary>Characters of one batch, which it holds in memory.</summary>
    private const long CharactersPerBatch = 4 << 20;

    /// <summary>Rows compared at a time.</summary>
    private const int MarksPerPage = 2000;

    private long _compared;

    /// <summary>Contents indexed since it began.</summary>
    public long Indexed { get; private set; }

    /// <summary>About how many contents are not indexed.</summary>
    public async Task<long> CountBehindAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<IndexMark> newest = await index.ReadNewestAsync(cancellationToken);
        return await database.ReadAsync(
            async session =>
            {
                long trusted = await IndexTrust.FindAsync(session, newest);
                return Math.Max(0, (await session.QueryLongAsync("SELECT max(id) FROM store_contents") ?? 0) - trusted);
            },
            cancellationToken);
    }

    /// <summary>Indexes the next contents; false when there are none.</summary>
    public async Task<bool> IndexSomeAsync(CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        long trusted = await FindTrustedAsync(cancellationToken);
        List<IndexMark> next = await database.ReadAsync(
            session => session.QueryAsync(
                "SELECT id, hash_key FROM store_contents WHERE id > @p0 ORDER BY id LIMIT @p1",
                row => new IndexMark(row.GetInt64(0), row.GetInt64(1)), trusted, ContentsPerBatch),
            cancellationToken);
        if (next.Count == 0)
            return false;
        List<IndexedText> texts = await ReadAsync(next, cancellationToken);
        await index.AddAsync(texts, cancellationToken);
        Indexed += texts.Count;
        if (next.Count == ContentsPerBatch && options.Pace < 100)
            await Task.Delay(Stopwatch.GetElapsedTime(started) * ((100 - options.Pace) / (double)options.Pace), time, cancellationToken);
        return true;
    }

    /// <summary>Removes what is gone from the index, when it was not compared for long.</summary>
    public async Task CompareIfDueAsync(CancellationToken cancellationToken)
    {
        if (_compared != 0 && time.GetElapsedTime(_compared) < options.CompareInterval)
            return;
        await CompareAsync(cancellationToken);
        _compared = Math.Max(1, time.GetTimestamp());
    }

    /// <summary>Merges what was added in many small steps, unless there is something better to do; false when it was not done with it.</summary>
    public async Task<bool> TidyAsync(Func<bool> isWanted, CancellationToken cancellationToken)
    {
        while (!isWanted())
        {
            if (!await index.TidyAsync(cancellationToken))
                return true;
        }
        return false;
    }

    // What is above the newest content that both have was of contents that are gone, whose ids may be given again.
    private async Task<long> FindTrustedAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<IndexMark> newest = await index.ReadNewestAsync(cancellationToken);
        long trusted = await database.ReadAsync(session => IndexTrust.FindAsync(session, newest), cancellationToken);
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

    private async Task<List<IndexedText>> ReadAsync(List<IndexMark> marks, CancellationToken cancellationToken)
    {
        var texts = new List<IndexedText>(marks.Count);
        long characters = 0;
        foreach (IndexMark mark in marks)
        {
            KeptAttachmentTexts? kept = attachments is null ? null : new KeptAttachmentTexts(attachments);
            SearchableText? text = await ReadAsync(mark, kept, cancellationToken);
            texts.Add(new IndexedText(mark, text) { Extracts = kept?.Texts ?? [] });
            characters += text is null ? 0 : text.Bodies.Sum(body => (long)body.Length) + text.Fields.Sum(field => (long)field.Value.Length);
            if (characters > CharactersPerBatch)
                break;
        }
        return texts;
    }

    // What can't be read is always a candidate, so that the search says what is wrong with it.
    private async Task<SearchableText?> ReadAsync(IndexMark mark, KeptAttachmentTexts? kept, CancellationToken cancellationToken)
    {
        try
        {
            if (await contents.OpenContentAsync(mark.ContentId, cancellationToken) is not { } opened)
                return null;
            await using Stream octets = opened.Octets;
            return await SearchableTextReader.ReadAsync(octets, opened.Summary, kept, cancellationToken);
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or ContentException or MissingContentException)
        {
            return null;
        }
    }

    // Page by page, both in the order of their ids.
    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        long after = 0;
        IReadOnlyList<IndexMark> page;
        while ((page = await index.ReadMarksAsync(after, MarksPerPage, cancellationToken)).Count > 0)
        {
            long last = page[^1].ContentId;
            List<IndexMark> there = await database.ReadAsync(
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
}
