using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Writes a list of terms by field, which come in the order of the octets of the terms, and of one term in the order of the fields.</summary>
/// <param name="list">The list.</param>
/// <param name="hasPlaces">Whether places are kept.</param>
internal sealed class ListWriter(long list, bool hasPlaces)
{
    /// <summary>Octets that share a row: many rare terms are read at once, and a frequent one has a row of its own.</summary>
    private const int PageOctets = 4096;

    /// <summary>Octets of terms that share a row: they are scanned.</summary>
    private const int TermOctets = 16_384;

    private readonly Octets _entry = new();
    private readonly Octets _size = new();
    private readonly Page _postings = new("INSERT INTO postings(id, octets) VALUES(@p0, @p1)");
    private readonly Page _places = new("INSERT INTO positions(id, octets) VALUES(@p0, @p1)");
    private readonly Octets _term = new();
    private readonly Octets _fields = new();
    private readonly Octets _terms = new();
    private readonly Octets _counts = new();
    private readonly List<(string Sql, object?[] Arguments)> _rows = [];
    private byte[] _firstTerm = [];
    private int _firstPlace;
    private uint _fieldCount;
    private Term _field;
    private int _next;

    /// <summary>Octets that wait to be written.</summary>
    public long Waiting { get; private set; }

    /// <summary>The id of the row of a list that begins with a place in its order.</summary>
    public static long RowId(long list, long place) => (list << 32) | place;

    /// <summary>Adds a block of a term in one field: the next of the same, or the first of another.</summary>
    public void Add(ReadOnlySpan<byte> term, int field, PostingList postings, ReadOnlySpan<byte> places)
    {
        bool isSame = _fieldCount > 0 && term.SequenceEqual(_term.Span);
        if (!isSame)
            BeginTerm(term);
        if (!isSame || field != _field.Field)
            BeginField(field);
        _field = _field with { Docs = _field.Docs + (uint)postings.Count, Blocks = _field.Blocks + 1 };
        _entry.Clear();
        postings.Write(_entry);
        Put(_postings, _entry.Span);
        if (hasPlaces)
            Put(_places, places);
        _next++;
    }

    /// <summary>Closes the last rows: nothing may follow.</summary>
    public void End()
    {
        EndTerm();
        Close(_postings);
        Close(_places);
        CloseTerms();
    }

    /// <summary>Writes the rows that are closed.</summary>
    public async ValueTask FlushAsync(IWriteSession session)
    {
        foreach ((string sql, object?[] arguments) in _rows)
            await session.ExecuteAsync(sql, arguments);
        _rows.Clear();
        Waiting = 0;
    }

    private void BeginTerm(ReadOnlySpan<byte> term)
    {
        // Of those that come from a file that somebody changed, two rows could else begin with the same.
        if (_next > 0 && term.SequenceCompareTo(_term.Span) <= 0)
            throw new InvalidDataException("the terms of a list do not ascend");
        EndTerm();
        if (_terms.Length >= TermOctets)
            CloseTerms();
        if (_terms.Length == 0)
            (_firstTerm, _firstPlace) = (term.ToArray(), _next);
        _term.Clear();
        _term.Add(term);
    }

    private void BeginField(int field)
    {
        EndField();
        _fieldCount++;
        _field = new Term(_next, 0, field, 0);
    }

    private void EndField()
    {
        if (_field.Blocks > 0)
            _field.Write(_fields);
        _field = default;
    }

    private void EndTerm()
    {
        EndField();
        if (_fieldCount == 0)
            return;
        _terms.Add(_term.Span);
        _terms.Add((byte)'\n');
        _counts.AddNumber(_fieldCount);
        _counts.Add(_fields.Span);
        _fields.Clear();
        _fieldCount = 0;
    }

    private void Put(Page page, ReadOnlySpan<byte> entry)
    {
        _size.Clear();
        _size.AddNumber((uint)entry.Length);
        if (page.Octets.Length > 0 && page.Octets.Length + entry.Length > PageOctets)
            Close(page);
        if (page.Octets.Length == 0)
            page.First = _next;
        page.Octets.Add(_size.Span);
        page.Octets.Add(entry);
    }

    private void Close(Page page)
    {
        if (page.Octets.Length == 0)
            return;
        Add(page.Sql, page.Octets.Length, RowId(list, page.First), page.Octets.Seal());
        page.Octets.Clear();
    }

    private void CloseTerms()
    {
        if (_terms.Length == 0)
            return;
        Add(
            "INSERT INTO terms(list, first, place, terms, docs) VALUES(@p0, @p1, @p2, @p3, @p4)", _terms.Length,
            list, _firstTerm, _firstPlace, _terms.Seal(), _counts.Seal());
        _terms.Clear();
        _counts.Clear();
    }

    private void Add(string sql, int octets, params object?[] arguments)
    {
        _rows.Add((sql, arguments));
        Waiting += octets;
    }

    private sealed class Page(string sql)
    {
        public string Sql => sql;

        public Octets Octets { get; } = new();

        public int First { get; set; }
    }
}
