using System.Diagnostics;
using UnifiedMsg.Mime;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Search.Attachments;
using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Search;

/// <summary>Brings contents of the store into the index, in the order of their ids, and takes out what is gone.</summary>
internal sealed class SearchIndexer(
    IIndexBacklog backlog, ContentReader contents, ISearchIndex index, SearchOptions options, IAttachmentTexts? attachments, TimeProvider time)
{
    /// <summary>Contents of one transaction of the index. Many at a time make a build quick: each batch is merged with others later.</summary>
    private const int ContentsPerBatch = 2000;

    /// <summary>Characters of one batch, which it holds in memory.</summary>
    private const long CharactersPerBatch = 4 << 20;

    private long _compared;

    /// <summary>Contents indexed since it began.</summary>
    public long Indexed { get; private set; }

    /// <summary>Indexes the next contents; false when there are none.</summary>
    public async Task<bool> IndexSomeAsync(CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        IReadOnlyList<IndexMark> next = await backlog.ReadNextAsync(ContentsPerBatch, cancellationToken);
        if (next.Count == 0)
            return false;
        List<IndexedText> texts = await ReadAsync(next, cancellationToken);
        await index.AddAsync(texts, cancellationToken);
        Indexed += texts.Count;
        if (next.Count == ContentsPerBatch)
            await LeaveTimeAsync(started, cancellationToken);
        return true;
    }

    /// <summary>Removes what is gone from the index, when it was not compared for long.</summary>
    public async Task CompareIfDueAsync(CancellationToken cancellationToken)
    {
        if (_compared != 0 && time.GetElapsedTime(_compared) < options.CompareInterval)
            return;
        await backlog.CompareAsync(cancellationToken);
        _compared = Math.Max(1, time.GetTimestamp());
    }

    /// <summary>Merges what was added in many small steps, unless there is something better to do; false when it was not done with it.</summary>
    public async Task<bool> TidyAsync(Func<bool> isWanted, CancellationToken cancellationToken)
    {
        while (!isWanted())
        {
            long started = Stopwatch.GetTimestamp();
            if (!await index.TidyAsync(cancellationToken))
                return true;
            await LeaveTimeAsync(started, cancellationToken);
        }
        return false;
    }

    // As long as the pace wants it after what began then.
    private Task LeaveTimeAsync(long started, CancellationToken cancellationToken) => options.Pace >= 100
        ? Task.CompletedTask
        : Task.Delay(Stopwatch.GetElapsedTime(started) * ((100 - options.Pace) / (double)options.Pace), time, cancellationToken);

    private async Task<List<IndexedText>> ReadAsync(IReadOnlyList<IndexMark> marks, CancellationToken cancellationToken)
    {
        var texts = new List<IndexedText>(marks.Count);
        long characters = 0;
        foreach (IndexMark[] some in marks.Chunk(ContentReader.PerReading))
        {
            IReadOnlyDictionary<long, FoundContent> found = await contents.FindAsync(Array.ConvertAll(some, mark => mark.ContentId), cancellationToken);
            foreach (IndexMark mark in some)
            {
                KeptAttachmentTexts? kept = attachments is null ? null : new KeptAttachmentTexts(attachments);
                SearchableText? text = found.TryGetValue(mark.ContentId, out FoundContent? content) ? await ReadAsync(content, kept, cancellationToken) : null;
                texts.Add(new IndexedText(mark, text) { Extracts = kept?.Texts ?? [] });
                characters += text is null ? 0 : text.Bodies.Sum(body => (long)body.Length) + text.Fields.Sum(field => (long)field.Name.Length + field.Value.Length);
                if (characters > CharactersPerBatch)
                    return texts;
            }
        }
        return texts;
    }

    // What can't be read is always a candidate, so that the search says what is wrong with it.
    private async Task<SearchableText?> ReadAsync(FoundContent content, KeptAttachmentTexts? kept, CancellationToken cancellationToken)
    {
        try
        {
            MessageSummary summary = contents.SummaryOf(content);
            if (await contents.OpenAsync(content, cancellationToken) is not { } opened)
                return null;
            await using Stream octets = opened;
            return await SearchableTextReader.ReadAsync(octets, summary, kept, cancellationToken);
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or ContentException or MissingContentException)
        {
            return null;
        }
    }
}
