namespace UnifiedMsg.Store.Search.Postings;

/// <summary>A run of a needle with the terms of one segment that have it.</summary>
internal sealed class FoundPart(NeedlePart part)
{
    /// <summary>The run.</summary>
    public NeedlePart Part => part;

    /// <summary>The words that have it, in their order.</summary>
    public List<Term> Words { get; init; } = [];

    /// <summary>Trigrams of codes, in their order.</summary>
    public List<Term> Grams { get; init; } = [];

    /// <summary>Whether a code needs all of those trigrams; else one of them is enough.</summary>
    public bool NeedsAllGrams { get; init; }

    /// <summary>The term that stands for every code, where a code may have it and its trigrams don't tell.</summary>
    public Term? AnyCode { get; init; }

    /// <summary>Documents in all of the lists.</summary>
    public long Entries => Words.Sum(term => (long)term.Docs) + Grams.Sum(term => (long)term.Docs) + (AnyCode?.Docs ?? 0);

    /// <summary>Rows to be found.</summary>
    public int Rows => Words.Count + Grams.Count;

    /// <summary>Contents with such a word.</summary>
    public ContentBits InWords { get; } = new();

    /// <summary>Contents with what may be such a code.</summary>
    public ContentBits InCodes { get; set; } = new();

    /// <summary>Contents that may have it.</summary>
    public ContentBits All => InWords.Or(InCodes);
}
