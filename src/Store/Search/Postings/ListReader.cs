using System.Data.Common;
using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search.Postings;

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
    private readonly EntryCursor _postings = EntryCursor.OfPostings(list);
    private readonly EntryCursor _places = EntryCursor.OfPlaces(list);

    /// <summary>What is done with a block of a term.</summary>
    public delegate void Take(Term term, PostingList postings);

    /// <summary>The terms with these octets in them, in their order.</summary>
    /// <param name="text">The octets; not empty unless they are the whole.</param>
    /// <param name="part">Where they have to be.</param>
    /// <param name="field">The only field that counts, or -1 for any.</param>
    public async ValueTask<List<Term>> FindAsync(byte[] text, TermPart part, int field)
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
            ScanRow(new Counts(row.GetInt32(0), _counts.Span, field), pattern, found);
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

    /// <summary>Goes through the postings of terms, block by block: quickest in the order of their places.</summary>
    public async ValueTask ReadAsync(IEnumerable<Term> terms, Take take)
    {
        foreach (Term term in terms)
        {
            for (int block = 0; block < term.Blocks; block++)
            {
                await _postings.MoveToAsync(session, term.Place + block);
                take(term, PostingList.Read(_postings.Entry));
            }
        }
    }

    /// <summary>Reads one block of a term with its places.</summary>
    public async ValueTask ReadBlockAsync(Term term, int block, Octets postings, Octets places)
    {
        await _postings.MoveToAsync(session, term.Place + block);
        await _places.MoveToAsync(session, term.Place + block);
        postings.Clear();
        postings.Add(_postings.Entry);
        places.Clear();
        places.Add(_places.Entry);
    }

    private void ScanRow(Counts counts, byte[] pattern, List<Term> found)
    {
        // The line end before the first term is not in the row.
        ReadOnlySpan<byte> terms = _terms.Span;
        bool opens = pattern[0] == '\n';
        if (opens && terms.StartsWith(pattern.AsSpan(1)))
            counts.Add(0, found);
        int number = 0; // The term that begins at the place, or ends at it.
        for (int at = 0; ;)
        {
            int hit = terms[at..].IndexOf(pattern);
            if (hit < 0)
                return;
            // In the term that the hit is in, or behind the line end that it begins with.
            int from = at + hit + (opens ? 1 : 0);
            number += terms[at..from].Count((byte)'\n');
            counts.Add(number, found);
            int end = terms[from..].IndexOf((byte)'\n');
            if (end < 0)
                throw new InvalidDataException("a row of the search index ends within a term");
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

    /// <summary>Goes through what a row says of its terms: of each how many fields, and of each field the term in it.</summary>
    private ref struct Counts(int place, ReadOnlySpan<byte> octets, int only)
    {
        private readonly ReadOnlySpan<byte> _octets = octets;
        private readonly int _only = only;
        private int _place = place;
        private int _at;
        private int _number;

        /// <summary>Adds the fields of a term; numbers only grow, and each is asked for once at most.</summary>
        public void Add(int number, List<Term> found)
        {
            for (; _number <= number; _number++)
            {
                for (uint left = Octets.ReadNumber(_octets, ref _at); left > 0; left--)
                {
                    Term term = Term.Read(_octets, ref _at, _place);
                    if (_number == number && (_only < 0 || _only == term.Field))
                        found.Add(term);
                    _place += term.Blocks;
                }
            }
        }
    }
}
