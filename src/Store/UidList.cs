using System.Collections;

namespace UnifiedMsg.Store;

/// <summary>
/// The UIDs of a folder, ascending, kept as the ranges in which none is missing: a folder of a million items from which little was taken
/// away is a few ranges. Not for two threads at once.
/// </summary>
public sealed class UidList : IReadOnlyList<uint>
{
    // Each range with the number of UIDs before it.
    private readonly List<(uint First, uint Last, int Before)> _ranges = [];

    /// <inheritdoc/>
    public int Count => _ranges.Count == 0 ? 0 : EndOf(_ranges[^1]);

    /// <summary>The UID at a place, from 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such place.</exception>
    public uint this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var (first, _, before) = _ranges[LastWhere(range => range.Before <= index)];
            return first + (uint)(index - before);
        }
    }

    /// <summary>The message number of a UID, from 1; 0 when it is not there.</summary>
    public int NumberOf(uint uid)
    {
        int at = LastWhere(range => range.First <= uid);
        return at < 0 || _ranges[at].Last < uid ? 0 : _ranges[at].Before + (int)(uid - _ranges[at].First) + 1;
    }

    /// <summary>Adds a UID above all others.</summary>
    public void Add(uint uid) => Add(uid, uid);

    /// <summary>Adds all UIDs from <paramref name="first"/> to <paramref name="last"/>, which lie above all others.</summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    public void Add(uint first, uint last)
    {
        if (last < first || (_ranges.Count > 0 && first <= _ranges[^1].Last))
            throw new ArgumentException($"UIDs {first} to {last} are not above all others.");
        if (_ranges.Count > 0 && _ranges[^1].Last + 1 == first)
            _ranges[^1] = _ranges[^1] with { Last = last };
        else
            _ranges.Add((first, last, Count));
    }

    /// <summary>Takes UIDs out; those that are not there are passed over.</summary>
    public void Remove(IEnumerable<uint> uids)
    {
        uint[] gone = [.. uids.Where(uid => NumberOf(uid) > 0).Distinct().Order()];
        if (gone.Length == 0)
            return;
        (uint First, uint Last, int Before)[] old = [.. _ranges];
        _ranges.Clear();
        int next = 0;
        foreach (var (first, last, _) in old)
        {
            uint from = first;
            for (; next < gone.Length && gone[next] <= last; next++)
            {
                if (gone[next] > from)
                    Add(from, gone[next] - 1);
                from = gone[next] + 1;
            }
            // UIDs end one below the largest number that there is (RFC 9051 §2.3.1.1), so that this can't turn over.
            if (from <= last)
                Add(from, last);
        }
    }

    /// <inheritdoc/>
    public IEnumerator<uint> GetEnumerator()
    {
        foreach (var (first, last, _) in _ranges)
        {
            for (uint uid = first; uid <= last; uid++)
                yield return uid;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static int EndOf((uint First, uint Last, int Before) range) => range.Before + (int)(range.Last - range.First) + 1;

    private int LastWhere(Func<(uint First, uint Last, int Before), bool> holds)
    {
        int low = 0, high = _ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (holds(_ranges[middle]))
                low = middle + 1;
            else
                high = middle;
        }
        return low - 1;
    }
}
