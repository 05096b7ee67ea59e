using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Makes one segment of several that follow each other, in steps. What it has written is of no use until the last one.</summary>
internal sealed class SegmentMerger
{
    /// <summary>Contents read at a time.</summary>
    private const int ContentsPerPage = 8192;

    private readonly List<Source> _sources;
    private readonly long _target;
    private readonly long _firstId;
    private readonly Queue<ListMerger> _lists;

    private SegmentMerger(long target, List<Source> sources)
    {
        _target = target;
        _sources = sources;
        _firstId = sources[0].Segment.FirstId;
        _lists = new(
        [
            new ListMerger(target * 2, true, _firstId, sources, segment => segment.Words),
            new ListMerger((target * 2) + 1, false, _firstId, sources, segment => segment.Codes),
        ]);
    }

    /// <summary>Begins.</summary>
    public static async ValueTask<SegmentMerger> BeginAsync(IWriteSession session, IReadOnlyList<Segment> segments)
    {
        long target = await Segment.InsertAsync(session, segments[0].FirstId, segments[^1].LastId, 0, merging: true);
        var sources = new List<Source>();
        foreach (Segment segment in segments)
            sources.Add(new Source(segment, segment.Removed == 0 ? null : await ReadLiveAsync(session, segment)));
        return new SegmentMerger(target, sources);
    }

    /// <summary>Writes about so many octets; false when it is done, and the new segment is in the place of the others.</summary>
    public async ValueTask<bool> StepAsync(IWriteSession session, long octets)
    {
        List<Segment> now = await Segment.ReadAllAsync(session);
        if (!IsCurrent(now))
        {
            await Segment.DeleteAsync(session, _target);
            return false;
        }
        while (_lists.TryPeek(out ListMerger? list))
        {
            if (await list.StepAsync(session, octets))
                return true;
            _lists.Dequeue();
        }
        long docs = 0;
        long removed = 0; // Since it began.
        foreach (Source source in _sources)
        {
            docs += source.Live?.Count ?? source.Segment.Docs;
            removed += now.Find(segment => segment.Id == source.Segment.Id)!.Removed - source.Segment.Removed;
            await Segment.DeleteAsync(session, source.Segment.Id);
        }
        await session.ExecuteAsync("UPDATE segments SET merging = 0, docs = @p1, removed = @p2 WHERE id = @p0", _target, docs, removed);
        return false;
    }

    // Contents with the same ids may have come again meanwhile, and one of the segments is cut off before them.
    private bool IsCurrent(List<Segment> now) =>
        _sources.TrueForAll(source => now.Exists(segment => segment.Id == source.Segment.Id && segment.LastId == source.Segment.LastId));

    private static async ValueTask<ContentBits> ReadLiveAsync(IReadSession session, Segment segment)
    {
        var live = new ContentBits();
        long after = segment.FirstId - 1;
        List<long> page;
        do
        {
            page = await session.QueryAsync(
                "SELECT content_id FROM docs WHERE content_id > @p0 AND content_id <= @p1 ORDER BY content_id LIMIT @p2",
                row => row.GetInt64(0), after, segment.LastId, ContentsPerPage);
            foreach (long id in page)
                live.Add(id);
            after = page.Count > 0 ? page[^1] : after;
        }
        while (page.Count == ContentsPerPage);
        return live;
    }

    /// <summary>A segment that is merged.</summary>
    /// <param name="Segment">The segment.</param>
    /// <param name="Live">The contents that are kept; null for all.</param>
    internal sealed record Source(Segment Segment, ContentBits? Live);
}
