namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Finds where runs are side by side in the contents that have all of them.</summary>
internal sealed class PhraseMatcher
{
    private const int PlaceShift = 5;
    private const int FieldShift = 25;
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
    /// <param name="postings">Its documents.</param>
    /// <param name="places">Its places.</param>
    /// <param name="firstId">The content that documents are counted from.</param>
    /// <param name="doubtful">What of these has the run only maybe; null for none.</param>
    public void Add(int part, ReadOnlySpan<byte> postings, ReadOnlySpan<byte> places, long firstId, ContentBits? doubtful)
    {
        for (int at = 0, placesAt = 0; at < postings.Length;)
        {
            FieldPostings field = FieldPostings.Read(postings, ref at);
            FieldPlaces where = FieldPlaces.Read(places, ref placesAt);
            if (_needle.Field < 0 || _needle.Field == field.Field)
                Add(part, field, where.Places, firstId, doubtful);
        }
    }

    /// <summary>Once all of a run is added: of others only what may be at its distance from it is kept, so that a frequent run takes no more
    /// memory than a rare one. One bit for each place, modulo 64.</summary>
    public void KeepNear(int part)
    {
        _near = new ulong[_contents.Length];
        _nearPart = part;
        _parts[part].MarkPlaces(_near);
    }

    /// <summary>Adds the contents in which the runs are side by side for certain, and those in which they may be.</summary>
    public void Match(bool proves, ContentBits certain, ContentBits possible)
    {
        foreach (Occurrences part in _parts)
            part.Sort(_contents.Length);
        var chains = new List<ulong>();
        for (int i = 0; i < _contents.Length; i++)
        {
            chains.Clear();
            Begin(_parts[0].Of(i), chains);
            for (int part = 1; part < _parts.Length && chains.Count > 0; part++)
                Continue(_parts[part].Of(i), _needle.Parts[part].Before, chains);
            if (chains.Count == 0)
                continue;
            possible.Add(_contents[i]);
            if (proves && chains.Exists(chain => (chain & Doubtful) == 0))
                certain.Add(_contents[i]);
        }
    }

    private void Add(int part, FieldPostings field, ReadOnlySpan<byte> places, long firstId, ContentBits? doubtful)
    {
        long content = firstId + field.First;
        int next = 0;
        for (int at = 0, placesAt = 0; ; content += Octets.ReadNumber(field.Gaps, ref at))
        {
            while (next < _contents.Length && _contents[next] < content)
                next++;
            if (next == _contents.Length)
                return;
            if (_contents[next] != content || doubtful?.Contains(content) == false)
                FieldPlaces.Skip(places, ref placesAt);
            else
                AddPlaces(part, next, field.Field, places, ref placesAt, doubtful is not null);
            if (at == field.Gaps.Length)
                return;
        }
    }

    private void AddPlaces(int part, int content, int field, ReadOnlySpan<byte> places, ref int at, bool doubtful)
    {
        Occurrences found = _parts[part];
        ulong near = _near?[content] ?? ulong.MaxValue;
        uint place = 0;
        uint read;
        do
        {
            read = Octets.ReadNumber(places, ref at);
            place += read >> 5;
            if ((near >> (int)((place - part + _nearPart) & 63) & 1) != 0)
                found.Add(content, ((ulong)field << FieldShift) | ((ulong)place << PlaceShift) | (read & 0x1e) | (doubtful ? Doubtful : 0));
        }
        while ((read & 1) == 0);
    }

    private void Begin(ReadOnlySpan<ulong> occurrences, List<ulong> chains)
    {
        string before = _needle.Parts[0].Before;
        foreach (ulong occurrence in occurrences)
        {
            bool? fits = _needle.AnySeparator || before.Length == 0 ? true : Separators.EndsWith(SeparatorOf(occurrence), before);
            if (fits != false)
                chains.Add(occurrence | (fits is null ? Doubtful : 0));
        }
    }

    // Both are ascending, and at each place there is one run.
    private void Continue(ReadOnlySpan<ulong> occurrences, string before, List<ulong> chains)
    {
        int wanted = Separators.Find(before);
        int kept = 0;
        int next = 0;
        for (int i = 0; i < chains.Count && next < occurrences.Length; i++)
        {
            ulong place = (chains[i] >> PlaceShift) + 1;
            while (next < occurrences.Length && occurrences[next] >> PlaceShift < place)
                next++;
            if (next == occurrences.Length || occurrences[next] >> PlaceShift != place || !(_needle.AnySeparator || SeparatorOf(occurrences[next]) == wanted))
                continue;
            bool told = _needle.AnySeparator || wanted != Separators.Other;
            chains[kept++] = occurrences[next] | (chains[i] & Doubtful) | (told ? 0 : Doubtful);
        }
        chains.RemoveRange(kept, chains.Count - kept);
    }

    private static int SeparatorOf(ulong occurrence) => (int)(occurrence >> 1) & 15;

    /// <summary>The places of one run, by content.</summary>
    private sealed class Occurrences
    {
        private readonly List<(int Content, ulong Place)> _found = [];
        private ulong[] _places = [];
        private int[] _starts = [];

        public void Add(int content, ulong place) => _found.Add((content, place));

        public void MarkPlaces(ulong[] marks)
        {
            foreach ((int content, ulong place) in _found)
                marks[content] |= 1UL << (int)((place >> PlaceShift) & 63);
        }

        public void Sort(int contents)
        {
            _starts = new int[contents + 1];
            foreach ((int content, _) in _found)
                _starts[content + 1]++;
            for (int i = 0; i < contents; i++)
                _starts[i + 1] += _starts[i];
            int[] next = _starts[..contents];
            _places = new ulong[_found.Count];
            foreach ((int content, ulong place) in _found)
                _places[next[content]++] = place;
            _found.Clear();
            for (int i = 0; i < contents; i++)
                _places.AsSpan(_starts[i].._starts[i + 1]).Sort();
        }

        public ReadOnlySpan<ulong> Of(int content) => _places.AsSpan(_starts[content].._starts[content + 1]);
    }
}
