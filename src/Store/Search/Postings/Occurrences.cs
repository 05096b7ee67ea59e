using System.Buffers;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>The places of one run in a slice of contents, each as a number in whose highest bits the content is, then field and place. Those of
/// one block come in order.</summary>
/// <param name="contentShift">Where in a number the content is.</param>
internal sealed class Occurrences(int contentShift) : IDisposable
{
    // Rented: a search has some of them for moments, and each is larger than what the collector moves.
    private ulong[] _found = [];
    private ulong[] _sorted = [];
    private int[] _starts = [];
    private int _count;
    private bool _ascending = true;

    public int Count => _count;

    public Span<ulong> All => _found.AsSpan(0, _count);

    /// <summary>Forgets all of them and keeps the memory.</summary>
    public void Clear()
    {
        _count = 0;
        _ascending = true;
    }

    /// <summary>Room for a block with so many at most.</summary>
    public Span<ulong> BeginBlock(int most)
    {
        if (_found.Length - _count < most)
        {
            ulong[] larger = ArrayPool<ulong>.Shared.Rent(Math.Max(_found.Length * 2, _count + most));
            All.CopyTo(larger);
            Return(_found);
            _found = larger;
        }
        return _found.AsSpan(_count);
    }

    /// <summary>Takes the first ones of that room as the block.</summary>
    public void EndBlock(int added)
    {
        _ascending &= _count == 0 || added == 0 || _found[_count - 1] < _found[_count];
        _count += added;
    }

    /// <summary>Puts them in order, by counting those of each content, which are few.</summary>
    public void Sort(int contents)
    {
        if (_ascending)
            return;
        if (_starts.Length <= contents)
            _starts = new int[contents + 1];
        if (_sorted.Length < _count)
        {
            Return(_sorted);
            _sorted = ArrayPool<ulong>.Shared.Rent(_count);
        }
        Span<int> starts = _starts.AsSpan(0, contents + 1);
        starts.Clear();
        foreach (ulong occurrence in All)
            starts[(int)(occurrence >> contentShift) + 1]++;
        for (int i = 0; i < contents; i++)
            starts[i + 1] += starts[i];
        foreach (ulong occurrence in All)
            _sorted[starts[(int)(occurrence >> contentShift)]++] = occurrence;
        // Each start is now where the next one was.
        for (int i = 0, start = 0; i < contents; start = starts[i++])
        {
            if (starts[i] - start > 1)
                _sorted.AsSpan(start..starts[i]).Sort();
        }
        (_found, _sorted) = (_sorted, _found);
        _ascending = true;
    }

    public void Dispose()
    {
        Return(_found);
        Return(_sorted);
        (_found, _sorted, _count) = ([], [], 0);
    }

    private static void Return(ulong[] rented)
    {
        if (rented.Length > 0)
            ArrayPool<ulong>.Shared.Return(rented);
    }
}
