using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Goes through all terms of a list, with their entries.</summary>
/// <param name="list">The list.</param>
/// <param name="hasPlaces">Whether it has places.</param>
internal sealed class ListCursor(long list, bool hasPlaces)
{
    private readonly EntryCursor _postings = EntryCursor.OfPostings(list);
    private readonly EntryCursor _places = EntryCursor.OfPlaces(list);
    private readonly Octets _terms = new();
    private byte[] _first = [];
    private bool _begun;
    private int _at;
    private int _length;
    private int _place = -1;

    /// <summary>The term that it is at.</summary>
    public ReadOnlySpan<byte> Term => _terms.Span.Slice(_at, _length);

    /// <summary>The documents that have it.</summary>
    public ReadOnlySpan<byte> Postings => _postings.Entry;

    /// <summary>Where they have it.</summary>
    public ReadOnlySpan<byte> Places => hasPlaces ? _places.Entry : default;

    /// <summary>Goes to the next term; false when there is none.</summary>
    public async ValueTask<bool> MoveNextAsync(IReadSession session)
    {
        int next = _begun ? _at + _length + 1 : _terms.Length;
        if (next >= _terms.Length)
        {
            if (!await ReadTermsAsync(session))
                return false;
            next = 0;
        }
        _at = next;
        _length = _terms.Span[_at..].IndexOf((byte)'\n');
        _place++;
        await _postings.MoveToAsync(session, _place);
        if (hasPlaces)
            await _places.MoveToAsync(session, _place);
        return true;
    }

    private async ValueTask<bool> ReadTermsAsync(IReadSession session)
    {
        // The first term may be empty, and nothing is before it.
        string sql = _begun
            ? "SELECT first, terms FROM terms WHERE list = @p0 AND first > @p1 ORDER BY first LIMIT 1"
            : "SELECT first, terms FROM terms WHERE list = @p0 AND first >= @p1 ORDER BY first LIMIT 1";
        _terms.Clear();
        bool found = await session.QueryFirstAsync(
            sql,
            row =>
            {
                _first = row.GetFieldValue<byte[]>(0);
                _terms.Open(row, 1);
                return true;
            },
            list, _first);
        _begun = true;
        return found;
    }
}
