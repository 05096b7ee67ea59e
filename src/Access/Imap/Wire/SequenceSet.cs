namespace UnifiedMsg.Access.Imap.Wire;

/// <summary>A set of message numbers or UIDs as the client wrote it; 0 stands for <c>*</c>. RFC 9051 §9 sequence-set.</summary>
internal sealed class SequenceSet
{
    /// <summary>The ranges in their order; not normalised.</summary>
    public List<(uint From, uint To)> Ranges { get; } = [];

    /// <summary>Whether it is <c>$</c>, the saved search result. RFC 9051 §6.4.4.1.</summary>
    public bool IsSaved { get; private init; }

    /// <summary>Reads a set.</summary>
    public static bool TryParse(WireReader reader, out SequenceSet set)
    {
        set = new SequenceSet();
        if (reader.Take('$'))
        {
            set = new SequenceSet { IsSaved = true };
            return true;
        }

        do
        {
            if (!TryPoint(reader, out var from)) return false;
            var to = from;
            if (reader.Take(':') && !TryPoint(reader, out to)) return false;
            set.Ranges.Add((from, to));
        }
        while (reader.Take(','));
        return true;
    }

    /// <summary>The members of <paramref name="uids"/> (ascending) with these UIDs, ascending. UIDs that are not there are passed over.</summary>
    public List<uint> SelectUids(IReadOnlyList<uint> uids)
    {
        var found = new List<uint>();
        if (uids.Count == 0) return found;
        foreach (var (from, to) in Ordered(uids[^1]))
        {
            for (var i = LowerBound(uids, Math.Max(from, found.Count > 0 ? found[^1] + 1 : 0)); i < uids.Count && uids[i] <= to; i++)
                found.Add(uids[i]);
        }

        return found;
    }

    /// <summary>The members of <paramref name="uids"/> with these message numbers, ascending; false when a number is not there.</summary>
    public bool TrySelectNumbers(IReadOnlyList<uint> uids, out List<uint> found)
    {
        found = [];
        var last = 0u;
        foreach (var (from, to) in Ordered((uint)uids.Count))
        {
            if (from == 0 || to > uids.Count) return false;
            for (var number = Math.Max(from, last + 1); number <= to; number++) found.Add(uids[(int)number - 1]);
            last = Math.Max(last, to);
        }

        return true;
    }

    /// <summary>Whether it holds this number, with <paramref name="largest"/> for <c>*</c>.</summary>
    public bool Contains(uint number, uint largest)
    {
        foreach (var (first, second) in Ranges)
        {
            uint from = first == 0 ? largest : first, to = second == 0 ? largest : second;
            if (number >= Math.Min(from, to) && number <= Math.Max(from, to)) return true;
        }

        return false;
    }

    /// <summary>Whether it names a number that is larger.</summary>
    public bool ReachesBeyond(uint number) => Ranges.Exists(range => range.From > number || range.To > number);

    // "2:4" and "4:2" are the same, and "*" is the largest number in use.
    private IEnumerable<(uint From, uint To)> Ordered(uint largest) =>
        Ranges.Select(r => (A: r.From == 0 ? largest : r.From, B: r.To == 0 ? largest : r.To))
            .Select(r => (Math.Min(r.A, r.B), Math.Max(r.A, r.B))).OrderBy(r => r.Item1);

    private static int LowerBound(IReadOnlyList<uint> uids, uint uid)
    {
        int low = 0, high = uids.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (uids[middle] < uid) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private static bool TryPoint(WireReader reader, out uint number)
    {
        number = 0;
        if (reader.Take('*')) return true;
        return reader.TryNumber(out number) && (number > 0 || reader.Fail("0 is no message number"));
    }
}
