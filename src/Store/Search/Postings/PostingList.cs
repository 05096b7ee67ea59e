namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Documents that have a term in one field. A document is the distance of a content from the first one of its segment.</summary>
/// <param name="Count">How many documents.</param>
/// <param name="First">The first one.</param>
/// <param name="Last">The last one.</param>
/// <param name="Gaps">The others, each as its distance from the one before. Of two lists one after the other the octets can be put together as they are.</param>
internal readonly ref struct PostingList(int Count, uint First, uint Last, ReadOnlySpan<byte> Gaps)
{
    public int Count { get; } = Count;

    public uint First { get; } = First;

    public uint Last { get; } = Last;

    public ReadOnlySpan<byte> Gaps { get; } = Gaps;

    /// <summary>One document.</summary>
    public static PostingList Of(uint doc) => new(1, doc, doc, []);

    public void Write(Octets entry)
    {
        entry.AddNumber((uint)Count);
        entry.AddNumber(First);
        entry.AddNumber(Last - First);
        entry.Add(Gaps);
    }

    public static PostingList Read(ReadOnlySpan<byte> entry)
    {
        int at = 0;
        int count = (int)Octets.ReadNumber(entry, ref at);
        uint first = Octets.ReadNumber(entry, ref at);
        uint last = first + Octets.ReadNumber(entry, ref at);
        return new PostingList(count, first, last, entry[at..]);
    }
}

/// <summary>
/// Where a term is in one field, in the documents of its list one after the other. The runs of a field of one document are numbered, with a
/// number left out between two texts. Each place is written as its distance from the one before in the same document, five bits up, with the
/// separator before it in four bits and one that says whether it is the last one in its document.
/// </summary>
internal static class Places
{
    /// <summary>Numbers of runs are below this.</summary>
    public const uint Max = 1 << 20;

    public static void Write(Octets places, uint distance, int separator, bool last) =>
        places.AddNumber((distance << 5) | ((uint)separator << 1) | (last ? 1u : 0));

    /// <summary>Goes on behind the places in one document.</summary>
    public static void Skip(ReadOnlySpan<byte> places, ref int at)
    {
        while ((Octets.ReadNumber(places, ref at) & 1) == 0) { }
    }
}
