using System.Numerics;

namespace UnifiedMsg.Store.Search.Fts;

/// <summary>Brings lists of contents together: one bit for each content, however many lists there are.</summary>
internal sealed class ContentBits(long newestId)
{
    // Pages, since what is found is often close together.
    private const int PageBits = 1 << 16;

    private readonly ulong[]?[] _pages = new ulong[]?[(newestId / PageBits) + 1];

    public void Add(List<long> ids)
    {
        foreach (long id in ids)
        {
            if (id < 0 || id / PageBits >= _pages.Length)
                continue;
            ulong[] page = _pages[id / PageBits] ??= new ulong[PageBits / 64];
            page[id % PageBits / 64] |= 1UL << (int)(id % 64);
        }
    }

    /// <summary>All that were added, ascending.</summary>
    public long[] ToArray()
    {
        int count = 0;
        foreach (ulong[]? page in _pages)
        {
            foreach (ulong bits in page ?? [])
                count += BitOperations.PopCount(bits);
        }
        var ids = new long[count];
        int next = 0;
        for (int i = 0; i < _pages.Length; i++)
        {
            if (_pages[i] is not { } page)
                continue;
            for (int j = 0; j < page.Length; j++)
            {
                for (ulong bits = page[j]; bits != 0; bits &= bits - 1)
                    ids[next++] = ((long)i * PageBits) + (j * 64) + BitOperations.TrailingZeroCount(bits);
            }
        }
        return ids;
    }
}
