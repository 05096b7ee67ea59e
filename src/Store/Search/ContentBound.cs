namespace UnifiedMsg.Store.Search;

/// <summary>A set of contents: those listed, or all but those listed.</summary>
internal readonly struct ContentBound
{
    private static readonly ContentBits Nothing = new();

    private readonly ContentBits? _bits;

    private ContentBound(ContentBits bits, bool inverted) => (_bits, IsInverted) = (bits, inverted);

    /// <summary>No content.</summary>
    public static ContentBound None => new(Nothing, false);

    /// <summary>Every content.</summary>
    public static ContentBound All => new(Nothing, true);

    /// <summary>Whether it is all but those listed.</summary>
    public bool IsInverted { get; }

    /// <summary>How many are listed.</summary>
    public int ListedCount => Bits.Count;

    /// <summary>Those listed, ascending.</summary>
    public long[] Listed => Bits.ToArray();

    private ContentBits Bits => _bits ?? Nothing;

    /// <summary>These contents.</summary>
    public static ContentBound Of(IEnumerable<long> ids) => new(ContentBits.Of(ids), false);

    /// <summary>These contents, which nobody changes any more.</summary>
    public static ContentBound Of(ContentBits bits) => new(bits, false);

    public bool Contains(long id) => Bits.Contains(id) != IsInverted;

    /// <summary>The same to be asked about many contents, quickest if they ascend.</summary>
    public Ascending InOrder() => new(Bits.InOrder(), IsInverted);

    public ContentBound Not() => new(Bits, !IsInverted);

    public ContentBound And(ContentBound other) => (IsInverted, other.IsInverted) switch
    {
        (false, false) => new(Bits.And(other.Bits), false),
        (false, true) => new(Bits.Except(other.Bits), false),
        (true, false) => new(other.Bits.Except(Bits), false),
        _ => new(Bits.Or(other.Bits), true),
    };

    public ContentBound Or(ContentBound other) => Not().And(other.Not()).Not();

    /// <summary>What is in both lists, ascending.</summary>
    public static long[] Intersect(long[] one, long[] other) => Of(one).And(Of(other)).Listed;

    /// <summary>What is in either list, ascending.</summary>
    public static long[] Union(long[] one, long[] other) => Of(one).Or(Of(other)).Listed;

    /// <summary>Answers for many contents.</summary>
    public struct Ascending(ContentBits.Ascending bits, bool inverted)
    {
        private ContentBits.Ascending _bits = bits;

        public bool Contains(long id) => _bits.Contains(id) != inverted;
    }
}
