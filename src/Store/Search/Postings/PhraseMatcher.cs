namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Finds where runs are side by side in the contents that have all of them, in one slice of these after the other.</summary>
/// <param name="needle">The needle.</param>
/// <param name="firstId">The content that documents are counted from.</param>
internal sealed class PhraseMatcher(LookupNeedle needle, long firstId) : IDisposable
{
    /// <summary>The contents of a slice.</summary>
    public const int MaxSlice = 1 << 13;

    /// <summary>Places of one run that are kept of a slice: a message with more of them than that is read.</summary>
    public const int MaxOccurrences = 1 << 20;

    // An occurrence: which content, the field, the place, the separator before it, and whether it is doubtful.
    private const int PlaceShift = 5;
    private const int FieldShift = 25;
    private const int ContentShift = 37;
    private const ulong Doubtful = 1;

    private readonly long[] _contents = new long[MaxSlice];
    private readonly ulong[] _near = new ulong[MaxSlice];
    private readonly Occurrences[] _parts = [.. needle.Parts.Select(_ => new Occurrences(ContentShift))];
    private int _count;
    private int _nearPart;
    private bool _hasTooMany;

    /// <summary>Contents of the slice.</summary>
    public ReadOnlySpan<long> Contents => _contents.AsSpan(0, _count);

    /// <summary>The most places that a run has in the slice.</summary>
    public int Most => _parts.Max(part => part.Count);

    /// <summary>Takes the first contents after one; false when there are none.</summary>
    public bool BeginSlice(ContentBits all, long after, int count)
    {
        _count = all.CopyAfter(after, _contents.AsSpan(0, count));
        _near.AsSpan(0, _count).Fill(ulong.MaxValue);
        _nearPart = -1;
        _hasTooMany = false;
        foreach (Occurrences part in _parts)
            part.Clear();
        return _count > 0;
    }

    /// <summary>Adds the places of a term as far as the slice and its block go; true when it needs the next block.</summary>
    /// <param name="part">The run that it may be.</param>
    /// <param name="term">The term.</param>
    public bool Add(int part, TermPlaces term)
    {
        if (term.HasEnded || term.WantsBlock)
            return !term.HasEnded;
        Occurrences found = _parts[part];
        _hasTooMany |= found.Count > MaxOccurrences;
        ReadOnlySpan<byte> gaps = term.Gaps;
        ReadOnlySpan<byte> places = term.Places;
        ReadOnlySpan<long> contents = Contents;
        ContentBits? doubtful = term.Doubtful;
        (int at, int placesAt) = term.At;
        uint doc = term.Doc;
        Span<ulong> free = found.BeginBlock(_hasTooMany ? 0 : places.Length - placesAt);
        int added = 0;
        // As if the part that is known stood at the place of this one.
        int distance = _nearPart < 0 ? 0 : _nearPart - part;
        ulong head = ((ulong)term.Field << FieldShift) | (doubtful is null ? 0 : Doubtful);
        for (int next = 0; ; doc += Octets.ReadNumber(gaps, ref at))
        {
            long content = firstId + doc;
            while (next < contents.Length && contents[next] < content)
                next++;
            bool isPast = next == contents.Length;
            if (!isPast && contents[next] == content && !_hasTooMany && doubtful?.Contains(content) != false)
                added = AddPlaces(places, ref placesAt, head | ((ulong)next << ContentShift), _near[next], distance, free, added);
            else if (!isPast)
                Places.Skip(places, ref placesAt);
            if (!isPast && at < gaps.Length)
                continue;
            term.Leave(doc, at, placesAt, !isPast);
            found.EndBlock(added);
            return !isPast;
        }
    }

    /// <summary>Once all of a run is added: of others only what may be at its distance from it is kept, so that a frequent run takes no more
    /// memory than a rare one. One bit for each place, modulo 64.</summary>
    public void KeepNear(int part)
    {
        if (_nearPart >= 0)
            return;
        _near.AsSpan(0, _count).Clear();
        _nearPart = part;
        foreach (ulong occurrence in _parts[part].All)
            _near[occurrence >> ContentShift] |= 1UL << (int)((occurrence >> PlaceShift) & 63);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => Array.ForEach(_parts, part => part.Dispose());

    /// <summary>Adds the contents in which the runs are side by side for certain, and those in which they may be.</summary>
    public void Match(bool proves, ContentBits certain, ContentBits possible)
    {
        if (_hasTooMany)
        {
            foreach (long content in Contents)
                possible.Add(content);
            return;
        }
        foreach (Occurrences part in _parts)
            part.Sort(_count);
        Span<ulong> chains = Begin(_parts[0].All);
        for (int part = 1; part < _parts.Length; part++)
            chains = Continue(chains, _parts[part].All, needle.Parts[part].Before);
        foreach (ulong chain in chains)
        {
            long content = _contents[chain >> ContentShift];
            possible.Add(content);
            if (proves && (chain & Doubtful) == 0)
                certain.Add(content);
        }
    }

    // Whether a place counts is as good as random, so each is written, and the next one over it where it does not.
    private static int AddPlaces(ReadOnlySpan<byte> places, ref int at, ulong head, ulong near, int distance, Span<ulong> free, int added)
    {
        uint place = 0;
        uint read;
        do
        {
            read = Octets.ReadNumber(places, ref at);
            place += read >> 5;
            free[added] = head | ((ulong)place << PlaceShift) | (read & 0x1e);
            added += (int)(near >> ((int)place + distance)) & 1;
        }
        while ((read & 1) == 0);
        return place < Places.Max ? added : throw new InvalidDataException("a place in the search index makes no sense");
    }

    private Span<ulong> Begin(Span<ulong> occurrences)
    {
        string before = needle.Parts[0].Before;
        if (needle.AnySeparator || before.Length == 0)
            return occurrences;
        bool?[] fits = [.. Enumerable.Range(0, Separators.Count).Select(separator => Separators.EndsWith(separator, before))];
        int kept = 0;
        foreach (ulong occurrence in occurrences)
        {
            bool? fit = fits[SeparatorOf(occurrence)];
            if (fit != false)
                occurrences[kept++] = occurrence | (fit is null ? Doubtful : 0);
        }
        return occurrences[..kept];
    }

    // Both are ascending, and at each place there is one run.
    private Span<ulong> Continue(Span<ulong> chains, ReadOnlySpan<ulong> occurrences, string before)
    {
        int wanted = Separators.Find(before);
        ulong doubt = needle.AnySeparator || wanted != Separators.Other ? 0 : Doubtful;
        int kept = 0;
        int next = 0;
        foreach (ulong chain in chains)
        {
            ulong place = (chain >> PlaceShift) + 1;
            while (next < occurrences.Length && occurrences[next] >> PlaceShift < place)
                next++;
            if (next == occurrences.Length)
                break;
            if (occurrences[next] >> PlaceShift == place && (needle.AnySeparator || SeparatorOf(occurrences[next]) == wanted))
                chains[kept++] = occurrences[next] | (chain & Doubtful) | doubt;
        }
        return chains[..kept];
    }

    private static int SeparatorOf(ulong occurrence) => (int)(occurrence >> 1) & 15;
}
