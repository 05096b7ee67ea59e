using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Goes through all terms of a list by field, with their entries.</summary>
/// <param name="list">The list.</param>
/// <param name="hasPlaces">Whether it has places.</param>
internal sealed class ListCursor(long list, bool hasPlaces)
{
    private readonly EntryCursor _postings = EntryCursor.OfPostings(list);
    private readonly EntryCursor _places = EntryCursor.OfPlaces(list);
    private readonly Octets _terms = new();
    private readonly Octets _counts = new();
    private byte[] _first = [];
    private bool _begun;
    private int _at;
    private int _length = -1;
    private int _countsAt;
    private uint _fieldsLeft;
    private Term _term;
    private int _block;

    /// <summary>The term that it is at.</summary>
    public ReadOnlySpan<byte> Text => _terms.Span.Slice(_at, _length);

    /// <summary>The field.</summary>
    public int Field => _term.Field;

    /// <summary>Documents that have it, of one block.</summary>
    public ReadOnlySpan<byte> Postings => _postings.Entry;

    /// <summary>Where they have it.</summary>
    public ReadOnlySpan<byte> Places => hasPlaces ? _places.Entry : default;

    /// <summary>The order of two.</summary>
    public static int Compare(ListCursor one, ListCursor other)
    {
        int order = one.Text.SequenceCompareTo(other.Text);
        return order != 0 ? order : one.Field.CompareTo(other.Field);
    }

    /// <summary>Goes to the first block of the next one; false when there is none.</summary>
    public async ValueTask<bool> MoveNextAsync(IReadSession session)
    {
        if (_fieldsLeft == 0)
        {
            _at += _length + 1;
            if (_at >= _terms.Length && !await ReadTermsAsync(session))
                return false;
            _length = _terms.Span[_at..].IndexOf((byte)'\n');
            _fieldsLeft = Octets.ReadNumber(_counts.Span, ref _countsAt);
            if (_length < 0 || _fieldsLeft == 0)
                throw new InvalidDataException("a term of the search index makes no sense");
        }
        _fieldsLeft--;
        _block = _term.Place + _term.Blocks;
        _term = Term.Read(_counts.Span, ref _countsAt, _block);
        await MoveToAsync(session);
        return true;
    }

    /// <summary>Goes to the next block of the term and field; false when there is none.</summary>
    public async ValueTask<bool> MoveNextBlockAsync(IReadSession session)
    {
        if (_block + 1 == _term.Place + _term.Blocks)
            return false;
        _block++;
        await MoveToAsync(session);
        return true;
    }

    private async ValueTask MoveToAsync(IReadSession session)
    {
        await _postings.MoveToAsync(session, _block);
        if (hasPlaces)
            await _places.MoveToAsync(session, _block);
    }

    private async ValueTask<bool> ReadTermsAsync(IReadSession session)
    {
        // The first term may be empty, and nothing is before it.
        string sql = _begun
            ? "SELECT first, terms, docs FROM terms WHERE list = @p0 AND first > @p1 ORDER BY first LIMIT 1"
            : "SELECT first, terms, docs FROM terms WHERE list = @p0 AND first >= @p1 ORDER BY first LIMIT 1";
        (_at, _countsAt) = (0, 0);
        _begun = true;
        return await session.QueryFirstAsync(
            sql,
            row =>
            {
                _first = row.GetFieldValue<byte[]>(0);
                _terms.Open(row, 1);
                _counts.Open(row, 2);
                return true;
            },
            list, _first);
    }
}
