namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Gathers the documents of one term in one field, which come ascending, and writes them in blocks. So whatever a word is in, a search
/// and a merge hold a block of it and not all; a row can't become too large for the database either.</summary>
/// <param name="writer">Where they are written.</param>
/// <param name="hasPlaces">Whether places are kept.</param>
internal sealed class BlockWriter(ListWriter writer, bool hasPlaces)
{
    /// <summary>Octets of documents in one block.</summary>
    public const int MaxPostings = 16 << 10;

    /// <summary>Octets of places in one block, unless one document alone has more: it has a million at most.</summary>
    public const int MaxPlaces = 48 << 10;

    private readonly Octets _term = new();
    private readonly Octets _gaps = new();
    private readonly Octets _places = new();
    private int _field;
    private int _count;
    private uint _first;
    private uint _last;

    /// <summary>Begins another term or field.</summary>
    public void Begin(ReadOnlySpan<byte> term, int field)
    {
        _term.Clear();
        _term.Add(term);
        _field = field;
    }

    /// <summary>Adds documents above those that were added before.</summary>
    public void Append(PostingList postings, ReadOnlySpan<byte> places)
    {
        if (_count > 0 && (_gaps.Length + postings.Gaps.Length > MaxPostings || (hasPlaces && _places.Length + places.Length > MaxPlaces)))
            Flush();
        if (_count == 0)
            _first = postings.First;
        else
            _gaps.AddNumber(postings.First - _last);
        _gaps.Add(postings.Gaps);
        if (hasPlaces)
            _places.Add(places);
        _last = postings.Last;
        _count += postings.Count;
    }

    /// <summary>Ends the term: nothing is written when no document was added.</summary>
    public void End() => Flush();

    private void Flush()
    {
        if (_count > 0)
            writer.Add(_term.Span, _field, new PostingList(_count, _first, _last, _gaps.Span), _places.Span);
        _count = 0;
        _gaps.Clear();
        _places.Clear();
    }
}
