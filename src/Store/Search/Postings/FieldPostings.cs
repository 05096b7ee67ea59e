namespace UnifiedMsg.Store.Search.Postings;

/// <summary>The documents that have a term in one field. A document is the distance of a content from the first one of its segment.</summary>
/// <param name="Field">The field.</param>
/// <param name="Count">How many documents.</param>
/// <param name="First">The first one.</param>
/// <param name="Last">The last one.</param>
/// <param name="Gaps">The others, each as its distance from the one before. Of two lists one after the other the octets can be put together as they are.</param>
internal readonly ref struct FieldPostings(int Field, int Count, uint First, uint Last, ReadOnlySpan<byte> Gaps)
{
    public int Field { get; } = Field;

    public int Count { get; } = Count;

    public uint First { get; } = First;

    public uint Last { get; } = Last;

    public ReadOnlySpan<byte> Gaps { get; } = Gaps;

    /// <summary>Writes it behind those of other fields.</summary>
    public void Write(Octets entry)
    {
        entry.AddNumber((uint)Field);
        entry.AddNumber((uint)Count);
        entry.AddNumber(First);
        entry.AddNumber(Last - First);
        entry.AddNumber((uint)Gaps.Length);
        entry.Add(Gaps);
    }

    /// <summary>Reads one and goes on behind it.</summary>
    public static FieldPostings Read(ReadOnlySpan<byte> entry, ref int at)
    {
        int field = (int)Octets.ReadNumber(entry, ref at);
        int count = (int)Octets.ReadNumber(entry, ref at);
        uint first = Octets.ReadNumber(entry, ref at);
        uint last = first + Octets.ReadNumber(entry, ref at);
        int length = (int)Octets.ReadNumber(entry, ref at);
        ReadOnlySpan<byte> gaps = entry.Slice(at, length);
        at += length;
        return new FieldPostings(field, count, first, last, gaps);
    }
}

/// <summary>
/// Where a term is in one field of the documents of its list, document after document. The runs of a field of one document are numbered, with a
/// number left out between two texts. Each place is written as its distance from the one before in the same document, five bits up, with the
/// separator before it in four bits and one that says whether it is the last one in its document.
/// </summary>
internal readonly ref struct FieldPlaces(int Field, ReadOnlySpan<byte> Places)
{
    /// <summary>Numbers of runs are below this.</summary>
    public const uint MaxPlace = 1 << 20;

    public int Field { get; } = Field;

    public ReadOnlySpan<byte> Places { get; } = Places;

    public void Write(Octets entry)
    {
        entry.AddNumber((uint)Field);
        entry.AddNumber((uint)Places.Length);
        entry.Add(Places);
    }

    public static FieldPlaces Read(ReadOnlySpan<byte> entry, ref int at)
    {
        int field = (int)Octets.ReadNumber(entry, ref at);
        int length = (int)Octets.ReadNumber(entry, ref at);
        ReadOnlySpan<byte> places = entry.Slice(at, length);
        at += length;
        return new FieldPlaces(field, places);
    }

    public static void WritePlace(Octets places, uint distance, int separator, bool last) =>
        places.AddNumber((distance << 5) | ((uint)separator << 1) | (last ? 1u : 0));

    /// <summary>Goes on behind the places in one document.</summary>
    public static void Skip(ReadOnlySpan<byte> places, ref int at)
    {
        while ((Octets.ReadNumber(places, ref at) & 1) == 0) { }
    }
}
