using System.Data.Common;
using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>A term of a list: its place in the order, and how many documents it has, those of each field counted.</summary>
internal readonly record struct Term(int Place, uint Docs);

/// <summary>Where in a term something has to be.</summary>
internal enum TermPart
{
    Whole,
    Beginning,
    End,
    Inside,
}

/// <summary>Finds terms in a list, and reads what is kept of them.</summary>
internal sealed class ListReader(IReadSession session, long list)
{
    private readonly Octets _terms = new();
    private readonly Octets _counts = new();

    /// <summary>What is done with the entries of a term.</summary>
    public delegate void Take(ReadOnlySpan<byte> postings, ReadOnlySpan<byte> places);

    /// <summary>The terms with these octets in them, in their order. The text is not empty unless it is the whole.</summary>
    public async ValueTask<List<Term>> FindAsync(byte[] text, TermPart part)
    {
        // Every term stands between two line ends, so that its beginning and its end are characters to look for like the others.
        byte[] pattern = part switch
        {
            TermPart.Whole => [(byte)'\n', .. text, (byte)'\n'],
            TermPart.Beginning => [(byte)'\n', .. text],
            TermPart.End => [.. text, (byte)'\n'],
            _ => text,
        };
        var found = new List<Term>();
        bool Scan(DbDataReader row)
        {
            _terms.Open(row, 1);
            _counts.Open(row, 2);
            ScanRow(row.GetInt32(0), pattern, found);
            return true;
        }
        if (part is TermPart.End or TermPart.Inside)
        {
            await session.QueryAsync("SELECT place, terms, docs FROM terms WHERE list = @p0 ORDER BY first", Scan, list);
            return found;
        }
        // Those that begin with it are in the row that begins before it, and in those that begin with it themselves.
        await session.QueryFirstAsync("SELECT place, terms, docs FROM terms WHERE list = @p0 AND first <= @p1 ORDER BY first DESC LIMIT 1", Scan, list, text);
        if (part == TermPart.Beginning)
            await session.QueryAsync("SELECT place, terms, docs FROM terms WHERE list = @p0 AND first > @p1 AND first < @p2 ORDER BY first", Scan, list, text, After(text));
        return found;
    }

    /// <summary>Goes through the postings of terms, which come in the order of their places.</summary>
    public async ValueTask ReadAsync(IEnumerable<Term> sorted, Take take)
    {
        EntryCursor postings = EntryCursor.OfPostings(list);
        foreach (Term term in sorted)
        {
            await postings.MoveToAsync(session, term.Place);
            take(postings.Entry, default);
        }
    }

    /// <summary>Goes through postings and places of terms, which come in the order of their places.</summary>
    public async ValueTask ReadWithPlacesAsync(IEnumerable<Term> sorted, Take take)
    {
        EntryCursor postings = EntryCursor.OfPostings(list);
        EntryCursor places = EntryCursor.OfPlaces(list);
        foreach (Term term in sorted)
        {
            await postings.MoveToAsync(session, term.Place);
            await places.MoveToAsync(session, term.Place);
            take(postings.Entry, places.Entry);
        }
    }

    private void ScanRow(int first, byte[] pattern, List<Term> found)
    {
        // The line end before the first term is not in the row.
        ReadOnlySpan<byte> terms = _terms.Span;
        ReadOnlySpan<byte> counts = _counts.Span;
        bool opens = pattern[0] == '\n';
        if (opens && terms.StartsWith(pattern.AsSpan(1)))
        {
            int none = 0;
            found.Add(new Term(first, Octets.ReadNumber(counts, ref none)));
        }
        int at = 0; // The beginning of the term with the number.
        int number = 0;
        int count = 0;
        int counted = 0;
        while (true)
        {
            int hit = terms[at..].IndexOf(pattern);
            if (hit < 0)
                return;
            // In the term that the hit is in, or behind the line end that it begins with.
            int from = at + hit + (opens ? 1 : 0);
            number += terms[at..from].Count((byte)'\n');
            for (; counted < number; counted++)
                Octets.ReadNumber(counts, ref count);
            int peek = count;
            found.Add(new Term(first + number, Octets.ReadNumber(counts, ref peek)));
            int end = terms[from..].IndexOf((byte)'\n');
            // With an opening line end the search goes on at the one that ends this term, else behind it.
            at = from + end + (opens ? 0 : 1);
            number += opens ? 0 : 1;
        }
    }

    // The first octets above all that begin with these.
    private static byte[] After(byte[] text)
    {
        byte[] after = [.. text];
        int last = after.Length - 1;
        while (after[last] == byte.MaxValue)
            last--;
        after[last]++;
        return after[..(last + 1)];
    }
}
