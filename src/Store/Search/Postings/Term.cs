namespace UnifiedMsg.Store.Search.Postings;

/// <summary>A term in one field, as the vocabulary has it.</summary>
/// <param name="Place">The place of its first block in the order of the list.</param>
/// <param name="Docs">How many documents have it.</param>
/// <param name="Field">The field.</param>
/// <param name="Blocks">How many blocks it has, one after the other.</param>
internal readonly record struct Term(int Place, uint Docs, int Field, int Blocks)
{
    /// <summary>A block has a document at least.</summary>
    private const int MaxBlocks = (int)MergePolicy.MaxWidth;

    /// <summary>Writes one. Nearly all have one block, which then takes no octet.</summary>
    public void Write(Octets counts)
    {
        counts.AddNumber(((uint)Field << 1) | (Blocks > 1 ? 1u : 0));
        counts.AddNumber(Docs);
        if (Blocks > 1)
            counts.AddNumber((uint)Blocks);
    }

    /// <summary>Reads the one at a place, and goes on behind it.</summary>
    /// <exception cref="InvalidDataException">It makes no sense.</exception>
    public static Term Read(ReadOnlySpan<byte> counts, ref int at, int place)
    {
        uint head = Octets.ReadNumber(counts, ref at);
        uint docs = Octets.ReadNumber(counts, ref at);
        uint blocks = (head & 1) == 0 ? 1 : Octets.ReadNumber(counts, ref at);
        if (head >> 1 >= FieldNumbers.Count || blocks is 0 or > MaxBlocks || place < 0)
            throw new InvalidDataException("a term of the search index makes no sense");
        return new Term(place, docs, (int)(head >> 1), (int)blocks);
    }
}
