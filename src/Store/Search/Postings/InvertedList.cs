using System.Text;
using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>The terms of some documents, gathered as they come and written by term.</summary>
internal sealed class InvertedList
{
    private readonly bool _hasPlaces;
    private readonly Dictionary<string, int> _terms = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _termsBySpan;
    private readonly List<string> _texts = [];
    private readonly Dictionary<(int Term, int Field), int> _numbers = [];
    private readonly List<Pair> _pairs = [];
    private readonly List<Occurrence> _occurrences = [];

    public InvertedList(bool hasPlaces)
    {
        _hasPlaces = hasPlaces;
        _termsBySpan = _terms.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Adds an occurrence; documents come ascending, and the places of a field of one document too.</summary>
    public void Add(ReadOnlySpan<char> term, int field, uint doc, uint place = 0, int separator = 0)
    {
        if (!_termsBySpan.TryGetValue(term, out int number))
        {
            number = _texts.Count;
            string text = term.ToString();
            _terms.Add(text, number);
            _texts.Add(text);
        }
        if (!_numbers.TryGetValue((number, field), out int pairNumber))
        {
            pairNumber = _pairs.Count;
            _numbers.Add((number, field), pairNumber);
            _pairs.Add(new Pair(number, field));
        }
        Pair pair = _pairs[pairNumber];
        if (!_hasPlaces && pair.Count > 0 && pair.LastDoc == doc)
            return;
        pair.Count++;
        pair.LastDoc = doc;
        _occurrences.Add(new Occurrence(pairNumber, doc, (place << 4) | (uint)separator));
    }

    /// <summary>Writes all of it as a list.</summary>
    public async ValueTask WriteAsync(IWriteSession session, long list)
    {
        Occurrence[] sorted = SortByPair();
        byte[][] terms = [.. _texts.Select(Encoding.UTF8.GetBytes)];
        int[] order = [.. Enumerable.Range(0, _pairs.Count)];
        int[] ranks = RankTerms(terms);
        Array.Sort(order, (a, b) => (ranks[_pairs[a].Term], _pairs[a].Field).CompareTo((ranks[_pairs[b].Term], _pairs[b].Field)));
        var writer = new ListWriter(list, _hasPlaces);
        var blocks = new BlockWriter(writer, _hasPlaces);
        var places = new Octets();
        foreach (int number in order)
        {
            Pair pair = _pairs[number];
            blocks.Begin(terms[pair.Term], pair.Field);
            Write(blocks, sorted.AsSpan(pair.Start, pair.Count), places);
            blocks.End();
        }
        writer.End();
        await writer.FlushAsync(session);
    }

    private static int[] RankTerms(byte[][] terms)
    {
        int[] order = [.. Enumerable.Range(0, terms.Length)];
        Array.Sort(order, (a, b) => terms[a].AsSpan().SequenceCompareTo(terms[b]));
        int[] ranks = new int[terms.Length];
        for (int i = 0; i < order.Length; i++)
            ranks[order[i]] = i;
        return ranks;
    }

    // By counting, which keeps the order of those of one pair.
    private Occurrence[] SortByPair()
    {
        int start = 0;
        foreach (Pair pair in _pairs)
        {
            pair.Start = start;
            start += pair.Count;
            pair.Count = 0;
        }
        var sorted = new Occurrence[_occurrences.Count];
        foreach (Occurrence occurrence in _occurrences)
        {
            Pair pair = _pairs[occurrence.Pair];
            sorted[pair.Start + pair.Count++] = occurrence;
        }
        return sorted;
    }

    private static void Write(BlockWriter blocks, ReadOnlySpan<Occurrence> occurrences, Octets places)
    {
        places.Clear();
        uint place = 0;
        for (int i = 0; i < occurrences.Length; i++)
        {
            (uint doc, uint found) = (occurrences[i].Doc, occurrences[i].Place >> 4);
            bool last = i == occurrences.Length - 1 || occurrences[i + 1].Doc != doc;
            Places.Write(places, found - place, (int)(occurrences[i].Place & 15), last);
            place = found;
            if (!last)
                continue;
            blocks.Append(PostingList.Of(doc), places.Span);
            places.Clear();
            place = 0;
        }
    }

    private readonly record struct Occurrence(int Pair, uint Doc, uint Place);

    private sealed class Pair(int term, int inField)
    {
        public int Term => term;

        public int Field => inField;

        public int Count { get; set; }

        public uint LastDoc { get; set; }

        public int Start { get; set; }
    }
}
