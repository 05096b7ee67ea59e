namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Finds where runs are side by side in the contents that have all of them.</summary>
internal sealed class PhraseMatcher
{
    // An occurrence: which content, the field, the place, the separator before it, and whether it is doubtful.
    private const int PlaceShift = 5;
    private const int FieldShift = 25;
    private const int ContentShift = 37;
    private const ulong Doubtful = 1;

    private readonly LookupNeedle _needle;
    private readonly long[] _contents;
    private readonly Occurrences[] _parts;
    private ulong[]? _near;
    private int _nearPart;

    /// <param name="needle">The needle.</param>
    /// <param name="contents">The contents, ascending.</param>
    public PhraseMatcher(LookupNeedle needle, long[] contents)
    {
        _needle = needle;
        _contents = contents;
        _parts = [.. needle.Parts.Select(_ => new Occurrences())];
    }

    /// <summary>Adds the places of a term.</summary>
    /// <param name="part">The run that it may be.</param>
    /// <param name="field">The field.</param>
    /// <param name="postings">Its documents.</param>
    /// <param name="places">Its places.</param>
    /// <param name="firstId">The content that documents are counted from.</param>
    /// <param name="doubtful">What of these has the run only maybe; null for none.</param>
    public void Add(int part, int field, PostingList postings, ReadOnlySpan<byte> places, long firstId, ContentBits? doubtful)
    {
        ReadOnlySpan<byte> gaps = postings.Gaps;
        ReadOnlySpan<long> contents = _contents;
        long content = firstId + postings.First;
        int next = 0;
        for (int at = 0, placesAt = 0; ; content += Octets.ReadNumber(gaps, ref at))
        {
            while (next < contents.Length && contents[next] < content)
                next++;
            if (next == contents.Length)
                return;
            if (contents[next] != content || (doubtful is not null && !doubtful.Contains(content)))
                Places.Skip(places, ref placesAt);
            else
                placesAt = AddPlaces(part, next, field, places, placesAt, doubtful is not null);
            if (at == gaps.Length)
                return;
        }
    }

    /// <summary>Once all of a run is added: of others only what may be at its distance from it is kept, so that a frequent run takes no more
    /// memory than a rare one. One bit for each place, modulo 64.</summary>
    public void KeepNear(int part)
    {
        _near = new ulong[_contents.Length];
        _nearPart = part;
        foreach (ulong occurrence in _parts[part].All)
            _near[occurrence >> ContentShift] |= 1UL << (int)((occurrence >> PlaceShift) & 63);
    }

    /// <summary>Adds the contents in which the runs are side by side for certain, and those in which they may be.</summary>
    public void Match(bool proves, ContentBits certain, ContentBits possible)
    {
        foreach (Occurrences part in _parts)
            part.Sort(_contents.Length);
        Span<ulong> chains = Begin(_parts[0].All);
        for (int part = 1; part < _parts.Length; part++)
            chains = Continue(chains, _parts[part].All, _needle.Parts[part].Before);
        foreach (ulong chain in chains)
        {
            long content = _contents[chain >> ContentShift];
            possible.Add(content);
            if (proves && (chain & Doubtful) == 0)
                certain.Add(content);
        }
    }

    // Returns where those of the next content are.
    private int AddPlaces(int part, int content, int field, ReadOnlySpan<byte> places, int at, bool doubtful)
    {
        Occurrences found = _parts[part];
        ulong near = _near is null ? ulong.MaxValue : _near[content];
        ulong head = ((ulong)content << ContentShift) | ((ulong)field << FieldShift) | (doubtful ? Doubtful : 0);
        uint place = 0;
        while (true)
        {
            uint read = Octets.ReadNumber(places, ref at);
            place += read >> 5;
            if ((near >> ((int)(place - part + _nearPart) & 63) & 1) != 0)
                found.Add(head | ((ulong)place << PlaceShift) | (read & 0x1e));
            if ((read & 1) != 0)
                return at;
        }
    }

    private Span<ulong> Begin(Span<ulong> occurrences)
    {
        string before = _needle.Parts[0].Before;
        if (_needle.AnySeparator || before.Length == 0)
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
        ulong doubt = _needle.AnySeparator || wanted != Separators.Other ? 0 : Doubtful;
        int kept = 0;
        int next = 0;
        foreach (ulong chain in chains)
        {
            ulong place = (chain >> PlaceShift) + 1;
            while (next < occurrences.Length && occurrences[next] >> PlaceShift < place)
                next++;
            if (next == occurrences.Length)
                break;
            if (occurrences[next] >> PlaceShift == place && (_needle.AnySeparator || SeparatorOf(occurrences[next]) == wanted))
                chains[kept++] = occurrences[next] | (chain & Doubtful) | doubt;
        }
        return chains[..kept];
    }

    private static int SeparatorOf(ulong occurrence) => (int)(occurrence >> 1) & 15;

    /// <summary>The places of one run. Those of one term and field come in order.</summary>
    private sealed class Occurrences
    {
        private ulong[] _found = new ulong[64];
        private int _count;
        private bool _ascending = true;

        public Span<ulong> All => _found.AsSpan(0, _count);

        public void Add(ulong occurrence)
        {
            if (_count == _found.Length)
                Grow();
            _ascending &= _count == 0 || _found[_count - 1] < occurrence;
            _found[_count++] = occurrence;
        }

        private void Grow()
        {
            ulong[] larger = GC.AllocateUninitializedArray<ulong>(_count * 2);
            All.CopyTo(larger);
            _found = larger;
        }

        // By counting those of each content, which are few.
        public void Sort(int contents)
        {
            if (_ascending)
                return;
            int[] starts = new int[contents + 1];
            foreach (ulong occurrence in All)
                starts[(occurrence >> ContentShift) + 1]++;
            for (int i = 0; i < contents; i++)
                starts[i + 1] += starts[i];
            var sorted = new ulong[_count];
            foreach (ulong occurrence in All)
                sorted[starts[occurrence >> ContentShift]++] = occurrence;
            // Each start is now where the next one was.
            for (int i = 0, start = 0; i < contents; start = starts[i++])
            {
                if (starts[i] - start > 1)
                    sorted.AsSpan(start..starts[i]).Sort();
            }
            _found = sorted;
        }
    }
}
