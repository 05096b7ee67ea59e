using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Makes one list of several whose documents follow each other.</summary>
internal sealed class ListMerger
{
    private readonly ListWriter _writer;
    private readonly BlockWriter _blocks;
    private readonly long _firstId;
    private readonly List<Input> _inputs;
    private readonly List<Input> _same = [];
    private readonly bool _hasPlaces;
    private bool _begun;

    /// <param name="target">The list that is made.</param>
    /// <param name="hasPlaces">Whether it has places.</param>
    /// <param name="firstId">The content that its documents are counted from.</param>
    /// <param name="sources">The segments, in the order of their contents.</param>
    /// <param name="listOf">The list of a segment.</param>
    public ListMerger(long target, bool hasPlaces, long firstId, IReadOnlyList<SegmentMerger.Source> sources, Func<Segment, long> listOf)
    {
        _writer = new ListWriter(target, hasPlaces);
        _blocks = new BlockWriter(_writer, hasPlaces);
        _hasPlaces = hasPlaces;
        _firstId = firstId;
        _inputs = [.. sources.Select(source => new Input(source, new ListCursor(listOf(source.Segment), hasPlaces)))];
    }

    /// <summary>Writes about so many octets; false when it is done.</summary>
    public async ValueTask<bool> StepAsync(IWriteSession session, long octets)
    {
        if (!_begun)
        {
            foreach (Input input in _inputs.ToArray())
                await AdvanceAsync(session, input);
        }
        _begun = true;
        while (_inputs.Count > 0)
        {
            if (_same.Count == 0)
            {
                FindSame();
                _blocks.Begin(_same[0].Cursor.Text, _same[0].Cursor.Field);
            }
            await JoinBlockAsync(session);
            if (_writer.Waiting < octets)
                continue;
            await _writer.FlushAsync(session);
            return true;
        }
        _writer.End();
        await _writer.FlushAsync(session);
        return false;
    }

    // One block of the first of those that have the term.
    private async ValueTask JoinBlockAsync(IReadSession session)
    {
        Input input = _same[0];
        Join(input);
        if (await input.Cursor.MoveNextBlockAsync(session))
            return;
        _same.RemoveAt(0);
        if (_same.Count == 0)
            _blocks.End();
        await AdvanceAsync(session, input);
    }

    private async ValueTask AdvanceAsync(IReadSession session, Input input)
    {
        if (!await input.Cursor.MoveNextAsync(session))
            _inputs.Remove(input);
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

    private void Join(Input input)
    {
        PostingList postings = PostingList.Read(input.Cursor.Postings);
        uint offset = (uint)(input.Source.Segment.FirstId - _firstId);
        if (input.Source.Live is null)
            _blocks.Append(new PostingList(postings.Count, offset + postings.First, offset + postings.Last, postings.Gaps), input.Cursor.Places);
        else
            AppendLive(input, postings, offset);
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
                _blocks.Append(PostingList.Of(offset + doc), places[placesStart..placesAt]);
            if (at == postings.Gaps.Length)
                return;
        }
    }

    private sealed record Input(SegmentMerger.Source Source, ListCursor Cursor);
}
