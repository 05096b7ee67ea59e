namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Where a term is, read block by block as far as is asked.</summary>
/// <param name="term">The term.</param>
/// <param name="doubtful">What of its documents counts, and then only as a maybe; null for all of them and for certain.</param>
internal sealed class TermPlaces(Term term, ContentBits? doubtful)
{
    private readonly Octets _postings = new();
    private readonly Octets _places = new();
    private int _blocks;
    private int _gapsAt;
    private int _placesAt;

    /// <summary>How many documents have it.</summary>
    public uint Docs => term.Docs;

    /// <summary>The field.</summary>
    public int Field => term.Field;

    /// <summary>What of its documents counts.</summary>
    public ContentBits? Doubtful => doubtful;

    /// <summary>Whether there is no document any more.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether the documents of the block are gone through.</summary>
    public bool WantsBlock { get; private set; } = true;

    /// <summary>The document that it is at.</summary>
    public uint Doc { get; private set; }

    /// <summary>Where the next distance is in <see cref="Gaps"/>, and the first place of the document in <see cref="Places"/>.</summary>
    public (int Gaps, int Places) At => (_gapsAt, _placesAt);

    /// <summary>Distances between documents.</summary>
    public ReadOnlySpan<byte> Gaps => PostingList.Read(_postings.Span).Gaps;

    /// <summary>Places, document by document.</summary>
    public ReadOnlySpan<byte> Places => _places.Span;

    /// <summary>Octets of memory that its block takes.</summary>
    public long Held => _postings.Length + _places.Length;

    /// <summary>Reads the next block, or finds that there is none.</summary>
    public async ValueTask ReadBlockAsync(ListReader list)
    {
        if (_blocks == term.Blocks)
        {
            HasEnded = true;
            WantsBlock = false;
            return;
        }
        await list.ReadBlockAsync(term, _blocks++, _postings, _places);
        Doc = PostingList.Read(_postings.Span).First;
        (_gapsAt, _placesAt) = (0, 0);
        WantsBlock = false;
    }

    /// <summary>Remembers how far somebody has come.</summary>
    public void Leave(uint doc, int gapsAt, int placesAt, bool wantsBlock)
    {
        Doc = doc;
        (_gapsAt, _placesAt) = (gapsAt, placesAt);
        WantsBlock = wantsBlock;
    }
}
