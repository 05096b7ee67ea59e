using System.Numerics;
using System.Runtime.InteropServices;

namespace UnifiedMsg.Store.Search;

/// <summary>A set of contents, one bit for each. Pages without a content take nothing; a full million takes 125 KB.</summary>
internal sealed class ContentBits
{
    private const int PageShift = 16;
    private const int PageBits = 1 << PageShift;
    private const int PageWords = PageBits / 64;

    /// <summary>No store has had so many contents, 64 thousand millions; a damaged index may name any number.</summary>
    private const long MaxId = 1L << 36;

    private readonly List<ulong[]?> _pages = [];

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            int count = 0;
            foreach (ulong[]? page in _pages)
            {
                foreach (ulong bits in page ?? [])
                    count += BitOperations.PopCount(bits);
            }
            return count;
        }
    }

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _pages.TrueForAll(page => page is null || !page.AsSpan().ContainsAnyExcept(0UL));

    public static ContentBits Of(IEnumerable<long> ids)
    {
        var bits = new ContentBits();
        foreach (long id in ids)
            bits.Add(id);
        return bits;
    }

    public bool Contains(long id)
    {
        long page = id >> PageShift;
        return id >= 0 && page < _pages.Count && _pages[(int)page] is { } bits && (bits[(id & (PageBits - 1)) >> 6] >> (int)(id & 63) & 1) != 0;
    }

    /// <summary>The same to be asked about many contents, quickest if they ascend.</summary>
    public Ascending InOrder() => new(this);

    public void Add(long id) => PageOf(id)[(id & (PageBits - 1)) >> 6] |= 1UL << (int)(id & 63);

    /// <summary>Adds all from one to another, both included.</summary>
    public void AddRange(long first, long last)
    {
        for (long id = first; id <= last;)
        {
            ulong[] page = PageOf(id);
            for (long end = Math.Min(last, id | (PageBits - 1)); id <= end;)
            {
                long word = (id & (PageBits - 1)) >> 6;
                long lastOfWord = Math.Min(end, id | 63);
                page[word] |= (ulong.MaxValue >> (63 - (int)(lastOfWord - id))) << (int)(id & 63);
                id = lastOfWord + 1;
            }
        }
    }

    /// <summary>Adds one and those after it, each given by its distance from the one before, up to a last one.</summary>
    public void AddGaps(long first, ReadOnlySpan<byte> gaps, long last)
    {
        if (first > last)
            return;
        long id = first;
        long number = id >> 6;
        ulong word = 1UL << (int)(id & 63);
        ulong[] page = PageOf(id);
        for (int at = 0; at < gaps.Length;)
        {
            uint gap = gaps[at++];
            for (int shift = 7; gap >= 1u << shift; shift += 7)
                gap = (gap & ((1u << shift) - 1)) | ((uint)gaps[at++] << shift);
            id += gap;
            if (id > last)
                break;
            if (id >> 6 != number)
            {
                // Of a frequent word many are in one word of bits, which stays in a register meanwhile.
                page[number & (PageWords - 1)] |= word;
                word = 0;
                if (id >> PageShift != number >> (PageShift - 6))
                    page = PageOf(id);
                number = id >> 6;
            }
            word |= 1UL << (int)(id & 63);
        }
        page[number & (PageWords - 1)] |= word;
    }

    /// <summary>Adds all of another set.</summary>
    public void AddAll(ContentBits other)
    {
        for (int i = 0; i < other._pages.Count; i++)
        {
            if (other._pages[i] is not { } added)
                continue;
            Span<Vector<ulong>> page = MemoryMarshal.Cast<ulong, Vector<ulong>>(PageOf((long)i << PageShift).AsSpan());
            ReadOnlySpan<Vector<ulong>> adding = MemoryMarshal.Cast<ulong, Vector<ulong>>(added);
            for (int j = 0; j < page.Length; j++)
                page[j] |= adding[j];
        }
    }

    /// <summary>What is in both.</summary>
    public ContentBits And(ContentBits other) => Combine(other, static (one, two) => one & two);

    /// <summary>What is in either.</summary>
    public ContentBits Or(ContentBits other) => Combine(other, static (one, two) => one | two);

    /// <summary>What is in this and not in the other.</summary>
    public ContentBits Except(ContentBits other) => Combine(other, static (one, two) => one & ~two);

    /// <summary>All, ascending.</summary>
    public long[] ToArray()
    {
        var ids = new long[Count];
        int next = 0;
        for (int i = 0; i < _pages.Count; i++)
        {
            if (_pages[i] is not { } page)
                continue;
            for (int j = 0; j < page.Length; j++)
            {
                for (ulong bits = page[j]; bits != 0; bits &= bits - 1)
                    ids[next++] = ((long)i << PageShift) + (j * 64) + BitOperations.TrailingZeroCount(bits);
            }
        }
        return ids;
    }

    /// <summary>Writes those after one, ascending, until the span is full or there are no more; returns how many.</summary>
    public int CopyAfter(long after, Span<long> ids)
    {
        int next = 0;
        long from = Math.Max(0, after + 1);
        for (int i = (int)Math.Min(_pages.Count, from >> PageShift); i < _pages.Count; i++)
        {
            if (_pages[i] is not { } page)
                continue;
            long first = (long)i << PageShift;
            int j = from > first ? (int)((from - first) >> 6) : 0;
            ulong mask = from > first ? ulong.MaxValue << (int)(from & 63) : ulong.MaxValue;
            for (; j < page.Length; j++, mask = ulong.MaxValue)
            {
                for (ulong bits = page[j] & mask; bits != 0; bits &= bits - 1)
                {
                    if (next == ids.Length)
                        return next;
                    ids[next++] = first + (j * 64) + BitOperations.TrailingZeroCount(bits);
                }
            }
        }
        return next;
    }

    // The operation gives 0 for two zeros, so that what neither has is left out.
    private ContentBits Combine(ContentBits other, Func<Vector<ulong>, Vector<ulong>, Vector<ulong>> operation)
    {
        var result = new ContentBits();
        for (int i = 0; i < Math.Max(_pages.Count, other._pages.Count); i++)
        {
            ulong[]? one = i < _pages.Count ? _pages[i] : null;
            ulong[]? two = i < other._pages.Count ? other._pages[i] : null;
            result._pages.Add(one is null && two is null ? null : Combine(one ?? Empty, two ?? Empty, operation));
        }
        return result;
    }

    private static readonly ulong[] Empty = new ulong[PageWords];

    private static ulong[] Combine(ulong[] one, ulong[] two, Func<Vector<ulong>, Vector<ulong>, Vector<ulong>> operation)
    {
        var result = new ulong[PageWords];
        Span<Vector<ulong>> results = MemoryMarshal.Cast<ulong, Vector<ulong>>(result.AsSpan());
        ReadOnlySpan<Vector<ulong>> ones = MemoryMarshal.Cast<ulong, Vector<ulong>>(one);
        ReadOnlySpan<Vector<ulong>> twos = MemoryMarshal.Cast<ulong, Vector<ulong>>(two);
        for (int i = 0; i < results.Length; i++)
            results[i] = operation(ones[i], twos[i]);
        return result;
    }

    private ulong[] PageOf(long id)
    {
        if (id is < 0 or > MaxId)
            throw new InvalidDataException("there is no such content");
        int page = (int)(id >> PageShift);
        while (_pages.Count <= page)
            _pages.Add(null);
        return _pages[page] ??= new ulong[PageWords];
    }

    /// <summary>Looks a page up once for all that are in it.</summary>
    public struct Ascending(ContentBits all)
    {
        private long _number = -1;
        private ulong[] _page = Empty;

        public bool Contains(long id)
        {
            if (id >> PageShift != _number)
                Turn(id);
            return (_page[(id & (PageBits - 1)) >> 6] >> (int)(id & 63) & 1) != 0;
        }

        private void Turn(long id)
        {
            _number = id >> PageShift;
            _page = id >= 0 && _number < all._pages.Count ? all._pages[(int)_number] ?? Empty : Empty;
        }
    }
}
