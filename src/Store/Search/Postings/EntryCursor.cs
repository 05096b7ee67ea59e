using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Goes through the entries of a list.</summary>
internal sealed class EntryCursor
{
    private const string RowOf = "WHERE id BETWEEN @p0 AND @p1 ORDER BY id DESC LIMIT 1";

    private readonly long _list;
    private readonly string _sql;
    private readonly Octets _row = new();
    private int _at;
    private int _length;
    private int _place = -1;

    private EntryCursor(long list, string sql) => (_list, _sql) = (list, sql);

    /// <summary>The entry that it is at.</summary>
    public ReadOnlySpan<byte> Entry => _row.Span.Slice(_at, _length);

    public static EntryCursor OfPostings(long list) => new(list, "SELECT id, octets FROM postings " + RowOf);

    public static EntryCursor OfPlaces(long list) => new(list, "SELECT id, octets FROM positions " + RowOf);

    /// <summary>Goes to the entry at a place. From one to the next of a row it is quick.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public ValueTask MoveToAsync(IReadSession session, int place) =>
        _place >= 0 && place >= _place && Skip(place) ? ValueTask.CompletedTask : OpenAsync(session, place);

    private async ValueTask OpenAsync(IReadSession session, int place)
    {
        long first = ListWriter.RowId(_list, 0);
        _row.Clear();
        _place = await session.QueryFirstAsync(
            _sql,
            row =>
            {
                _row.Open(row, 1);
                return (int)(row.GetInt64(0) - first);
            },
            first, first + place);
        (_at, _length) = (0, 0);
        if (_row.Length > 0)
            ReadLength();
        if (_row.Length == 0 || !Skip(place))
            throw new InvalidDataException("a term is missing in the search index");
    }

    // False when the row ends before the place.
    private bool Skip(int place)
    {
        for (; _place < place; _place++)
        {
            _at += _length;
            if (_at >= _row.Length)
                return false;
            ReadLength();
        }
        return true;
    }

    private void ReadLength()
    {
        _length = (int)Octets.ReadNumber(_row.Span, ref _at);
        if (_length < 0 || _length > _row.Length - _at)
            throw new InvalidDataException("a row of the search index is damaged");
    }
}
