namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Proves a phrase in the contents that have all of its runs, slice by slice: of each term a block is in memory, and of a slice the
/// places that matter, whatever the number of contents.</summary>
/// <param name="list">The list of words.</param>
/// <param name="needle">The needle.</param>
/// <param name="segment">The segment.</param>
/// <param name="places">By run, the terms that it may be.</param>
/// <param name="cancellationToken">Ends it.</param>
internal sealed class PhraseSearch(
    ListReader list, LookupNeedle needle, Segment segment, IReadOnlyList<IReadOnlyList<TermPlaces>> places, CancellationToken cancellationToken)
{
    /// <summary>Octets of blocks at the same time. It takes thousands of words that are frequent, which only a piece of one or two letters has;
    /// the messages are read then.</summary>
    private const long MaxHeld = 32 << 20;

    /// <summary>Contents of the first slice; the next ones have as many as fit.</summary>
    private const int FirstSlice = 1024;

    /// <summary>Places of one run that a slice should have: they stay in the processor's cache.</summary>
    private const int PlacesPerSlice = 1 << 15;

    /// <summary>Going to a term takes about as long as so many places.</summary>
    private const int PlacesPerTerm = 4;

    private long _held;

    /// <summary>Adds what is certain and what is possible; false when it took too much, and nothing is known of what is not certain.</summary>
    /// <param name="all">The contents that have all of the runs.</param>
    /// <param name="proves">Whether what is found is certain.</param>
    /// <param name="certain">What is certain.</param>
    /// <param name="possible">What is possible.</param>
    public async ValueTask<bool> FindAsync(ContentBits all, bool proves, ContentBits certain, ContentBits possible)
    {
        using var matcher = new PhraseMatcher(needle, segment.FirstId);
        int[] rarestFirst = [.. Enumerable.Range(0, places.Count).OrderBy(i => places[i].Sum(term => (long)term.Docs))];
        int wanted = Math.Max(PlacesPerSlice, PlacesPerTerm * places.Sum(terms => terms.Count));
        int slice = FirstSlice;
        for (long after = -1; matcher.BeginSlice(all, after, slice); after = matcher.Contents[^1])
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (int part in rarestFirst)
            {
                foreach (TermPlaces term in places[part])
                {
                    while (matcher.Add(part, term))
                    {
                        if (!await ReadBlockAsync(term))
                            return false;
                    }
                }
                matcher.KeepNear(part);
            }
            slice = Math.Clamp((int)((long)slice * wanted / Math.Max(1, matcher.Most)), 1, PhraseMatcher.MaxSlice);
            matcher.Match(proves, certain, possible);
        }
        return true;
    }

    private async ValueTask<bool> ReadBlockAsync(TermPlaces term)
    {
        _held -= term.Held;
        await term.ReadBlockAsync(list);
        _held += term.Held;
        return _held <= MaxHeld;
    }
}
