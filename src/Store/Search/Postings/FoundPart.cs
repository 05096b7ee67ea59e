namespace UnifiedMsg.Store.Search.Postings;

/// <summary>A run of a needle with the terms of one segment that have it.</summary>
internal sealed class FoundPart(NeedlePart part)
{
    /// <summary>About so many terms that are not frequent share a row: those found side by side are found at once.</summary>
    private const int TermsPerRow = 32;

    /// <summary>A term in about so many documents has a row of its own.</summary>
    private const int DocsOfOwnRow = 1000;

    /// <summary>The run.</summary>
    public NeedlePart Part => part;

    /// <summary>The words that have it, in their order.</summary>
    public List<Term> Words { get; init; } = [];

    /// <summary>What a code needs to have: one trigram of each of these.</summary>
    public List<List<Term>> Grams { get; init; } = [];

    /// <summary>The term that stands for every code, where a code may have it and its trigrams don't tell.</summary>
    public List<Term> AnyCode { get; init; } = [];

    /// <summary>Documents in all of the lists.</summary>
    public long Entries { get; private set; }

    /// <summary>About how many rows are to be found.</summary>
    public double Rows { get; private set; }

    /// <summary>Contents with such a word.</summary>
    public ContentBits InWords { get; } = new();

    /// <summary>Contents with what may be such a code.</summary>
    public ContentBits InCodes { get; set; } = new();

    /// <summary>Contents that may have it.</summary>
    public ContentBits All => InWords.Or(InCodes);

    /// <summary>Counts what reading it takes.</summary>
    public FoundPart Count()
    {
        Count(Words);
        Count(AnyCode);
        foreach (List<Term> gram in Grams)
            Count(gram);
        return this;
    }

    private void Count(List<Term> terms)
    {
        int before = -TermsPerRow;
        foreach (Term term in terms)
        {
            Entries += term.Docs;
            Rows += term.Docs > DocsOfOwnRow ? term.Blocks : Math.Min(1, (term.Place - before) / (double)TermsPerRow);
            before = term.Place;
        }
    }
}
