using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Makes one list of several whose documents follow each other.</summary>
internal sealed class ListMerger
{
    private readonly ListWriter _writer;
    private readonly long _firstId;
    private readonly List<Input> _inputs;
    private readonly List<Input> _same = [];
    private readonly Octets _gaps = new();
    private readonly Octets _places = new();
    private readonly bool _hasPlaces;
    private bool _begun;
    private int _count;
    private uint _first;
    private uint _last;

    /// <param name="target">The list that is made.</param>
    /// <param name="hasPlaces">Whether it has places.</param>
    /// <param name="firstId">The content that its documents are counted from.</param>
    /// <param name="sources">The segments, in the order of their contents.</param>
    /// <param name="listOf">The list of a segment.</param>
    public ListMerger(long target, bool hasPlaces, long firstId, IReadOnlyList<SegmentMerger.Source> sources, Func<Segment, long> listOf)
    {
        _writer = new ListWriter(target, hasPlaces);
        _hasPlaces = hasPlaces;
        _firstId = firstId;
        _inputs = [.. sources.Select(source => new Input(source, new ListCursor(listOf(source.Segment), hasPlaces)))];
    }

    /// <summary>Writes about so many octets; false when it is done.</summary>
    public async ValueTask<bool> StepAsync(IWriteSession session, long octets)
    {
        if (!_begun)
            await AdvanceAsync(session, [.. _inputs]);
        _begun = true;
        while (_inputs.Count > 0)
        {
            FindSame();
            Join();
            await AdvanceAsync(session, _same);
            if (_writer.Waiting < octets)
                continue;
            await _writer.FlushAsync(session);
            return true;
        }
        _writer.End();
        await _writer.FlushAsync(session);
        return false;
    }

    private async ValueTask AdvanceAsync(IReadSession session, List<Input> inputs)
    {
        foreach (Input input in inputs)
        {
            if (!await input.Cursor.MoveNextAsync(session))
                _inputs.Remove(input);
        }
    }

    // Those that are at the first term and field, in the order of their documents.
    private void FindSame()
    {
        _same.Clear();
        foreach (Input input in _inputs)
        {
            int order = _same.Count == 0 ? 0 : ListCursor.Compare(input.Cursor, _same[0].Cursor);
            if (order > 0)
                continue;
            if (order < 0)
                _same.Clear();
            _same.Add(input);
        }
    }

    private void Join()
    {
        _gaps.Clear();
        _places.Clear();
        _count = 0;
        foreach (Input input in _same)
        {
            PostingList postings = PostingList.Read(input.Cursor.Postings);
            uint offset = (uint)(input.Source.Segment.FirstId - _firstId);
            if (input.Source.Live is null)
                Append(offset + postings.First, offset + postings.Last, postings.Count, postings.Gaps, input.Cursor.Places);
            else
                AppendLive(input, postings, offset);
        }
        ListCursor cursor = _same[0].Cursor;
        if (_count > 0)
            _writer.Add(cursor.Term, cursor.Field, new PostingList(_count, _first, _last, _gaps.Span), _places.Span);
    }

    private void AppendLive(Input input, PostingList postings, uint offset)
    {
        ReadOnlySpan<byte> places = input.Cursor.Places;
        uint doc = postings.First;
        for (int at = 0, placesAt = 0; ; doc += Octets.ReadNumber(postings.Gaps, ref at))
        {
            int placesStart = placesAt;
            if (_hasPlaces)
                Places.Skip(places, ref placesAt);
            if (input.Source.Live!.Contains(input.Source.Segment.FirstId + doc))
                Append(offset + doc, offset + doc, 1, [], places[placesStart..placesAt]);
            if (at == postings.Gaps.Length)
                return;
        }
    }

    private void Append(uint first, uint last, int count, ReadOnlySpan<byte> gaps, ReadOnlySpan<byte> places)
    {
        if (_count == 0)
            _first = first;
        else
            _gaps.AddNumber(first - _last);
        _gaps.Add(gaps);
        _places.Add(places);
        _last = last;
        _count += count;
    }

    private sealed record Input(SegmentMerger.Source Source, ListCursor Cursor);
}
