using UnifiedMsg.Database;
using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Looks needles up in one snapshot of the index, segment by segment.</summary>
internal sealed class NeedleLookup(IReadSession session, long scopeSize, CancellationToken cancellationToken)
{
    private FieldNumbers? _fields;
    private List<Segment>? _segments;
    private List<long>? _partial;

    public async ValueTask<IndexAnswer> FindAsync(Needle needle)
    {
        List<NeedlePart> parts = NeedlePart.Of(needle);
        // An empty text asks whether the field is there; separators alone are not in the index.
        if (parts.Count == 0 && (needle.Folded.Length > 0 || needle.FieldName is null))
            return IndexAnswer.Unknown;
        _fields ??= await FieldNumbers.ReadAsync(session);
        _segments ??= await Segment.ReadAllAsync(session);
        _partial ??= await session.QueryAsync("SELECT content_id FROM docs WHERE partial <> 0 ORDER BY content_id", row => row.GetInt64(0));
        var (certain, possible) = (new ContentBits(), ContentBits.Of(_partial));
        int field = needle.FieldName is { } name ? _fields.Find(name) : needle.Query.Field == SearchField.Body ? FieldNumbers.Body : -1;
        if (needle.FieldName is not null && field < 0)
            return new IndexAnswer(ContentBound.None, ContentBound.Of(possible));
        var lookup = new LookupNeedle(
            parts, field, field != FieldNumbers.Others, needle.Match != SearchMatch.Substring, EndsOpen: EndsWithSeparator(needle));
        double docs = _segments.Sum(segment => (double)segment.Docs);
        foreach (Segment segment in _segments)
            await new SegmentLookup(session, segment, Math.Min(1, scopeSize / docs), cancellationToken).FindAsync(lookup, certain, possible);
        return new IndexAnswer(ContentBound.Of(certain), ContentBound.Of(possible.Or(certain)));
    }

    private static bool EndsWithSeparator(Needle needle) =>
        needle.Match == SearchMatch.Substring && needle.Runs.Count > 0 && needle.Runs[^1].End < needle.Folded.Length;
}
