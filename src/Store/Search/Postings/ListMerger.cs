using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Makes one list of several whose documents follow each other.</summary>
internal sealed class ListMerger
{
    private readonly ListWriter _writer;
    private readonly long _firstId;
    private readonly List<Input> _inputs;
    private readonly List<Input> _same = [];
    private readonly List<Piece> _pieces = [];
    private readonly Octets _gaps = new();
    private readonly Octets _places = new();
    private readonly bool _hasPlaces;
    private bool _begun;

    public ListMerger(
        long target, bool hasPlaces, long firstId, IReadOnlyList<SegmentMerger.Source> sources, Func<Segment, long> listOf)
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
            MergeTerm();
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

    // Those that are at the first term, in the order of their documents.
    private void FindSame()
    {
        _same.Clear();
        foreach (Input input in _inputs)
        {
            int order = _same.Count == 0 ? 0 : input.Cursor.Term.SequenceCompareTo(_same[0].Cursor.Term);
            if (order > 0)
                continue;
            if (order < 0)
                _same.Clear();
            _same.Add(input);
        }
    }

    private void MergeTerm()
    {
        _pieces.Clear();
        for (int i = 0; i < _same.Count; i++)
            AddPieces(i);
        if (_pieces.Count == 0)
            return; // Nothing that has it is left.
        if (_same.Count > 1)
            _pieces.Sort(static (a, b) => (a.Field, a.Input).CompareTo((b.Field, b.Input)));
        _writer.BeginTerm(_same[0].Cursor.Term);
        for (int i = 0; i < _pieces.Count;)
        {
            int end = i + 1;
            while (end < _pieces.Count && _pieces[end].Field == _pieces[i].Field)
                end++;
            Join(i, end);
            i = end;
        }
        _writer.EndTerm();
    }

    private void AddPieces(int number)
    {
        Input input = _same[number];
        ReadOnlySpan<byte> postings = input.Cursor.Postings;
        ReadOnlySpan<byte> places = input.Cursor.Places;
        for (int at = 0, placesAt = 0; at < postings.Length;)
        {
            int start = at;
            FieldPostings field = FieldPostings.Read(postings, ref at);
            int placesStart = placesAt;
            if (_hasPlaces)
                FieldPlaces.Read(places, ref placesAt);
            if (input.Source.Live is null || HasLive(field, input))
                _pieces.Add(new Piece(field.Field, number, start, placesStart));
        }
    }

    private static bool HasLive(FieldPostings field, Input input)
    {
        long content = input.Source.Segment.FirstId + field.First;
        for (int at = 0; ; content += Octets.ReadNumber(field.Gaps, ref at))
        {
            if (input.Source.Live!.Contains(content))
                return true;
            if (at == field.Gaps.Length)
                return false;
        }
    }

    private void Join(int from, int end)
    {
        _gaps.Clear();
        _places.Clear();
        var joined = new Joined();
        for (int i = from; i < end; i++)
        {
            Input input = _same[_pieces[i].Input];
            (int at, int placesAt) = (_pieces[i].Postings, _pieces[i].Places);
            FieldPostings field = FieldPostings.Read(input.Cursor.Postings, ref at);
            ReadOnlySpan<byte> places = _hasPlaces ? FieldPlaces.Read(input.Cursor.Places, ref placesAt).Places : default;
            uint offset = (uint)(input.Source.Segment.FirstId - _firstId);
            if (input.Source.Live is null)
            {
                joined.Begin(_gaps, offset + field.First);
                _gaps.Add(field.Gaps);
                _places.Add(places);
                joined.End(offset + field.Last, field.Count);
            }
            else
            {
                JoinLive(input, field, places, offset, ref joined);
            }
        }
        _writer.AddField(new FieldPostings(_pieces[from].Field, joined.Count, joined.First, joined.Last, _gaps.Span), _places.Span);
    }

    private void JoinLive(Input input, FieldPostings field, ReadOnlySpan<byte> places, uint offset, ref Joined joined)
    {
        uint doc = field.First;
        for (int at = 0, placesAt = 0; ; doc += Octets.ReadNumber(field.Gaps, ref at))
        {
            int placesStart = placesAt;
            if (_hasPlaces)
                FieldPlaces.Skip(places, ref placesAt);
            if (input.Source.Live!.Contains(input.Source.Segment.FirstId + doc))
            {
                joined.Begin(_gaps, offset + doc);
                _places.Add(places[placesStart..placesAt]);
                joined.End(offset + doc, 1);
            }
            if (at == field.Gaps.Length)
                return;
        }
    }

    private sealed record Input(SegmentMerger.Source Source, ListCursor Cursor);

    /// <summary>One field of a term in one of the lists, by where it begins in its entries.</summary>
    private readonly record struct Piece(int Field, int Input, int Postings, int Places);

    /// <summary>The documents of one field so far.</summary>
    private struct Joined
    {
        public int Count { get; private set; }

        public uint First { get; private set; }

        public uint Last { get; private set; }

        public void Begin(Octets gaps, uint first)
        {
            if (Count == 0)
                First = first;
            else
                gaps.AddNumber(first - Last);
        }

        public void End(uint last, int count)
        {
            Last = last;
            Count += count;
        }
    }
}
