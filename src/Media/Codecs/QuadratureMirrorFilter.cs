using System.Runtime.Intrinsics;

namespace UnifiedMsg.Media.Codecs;

/// <summary>
/// The filter of 24 coefficients that parts the two bands of G.722 and joins them again (ITU-T G.722 §3.1, §4.4), as its two halves of
/// twelve, each of which sees every second sample. It takes a block at a time, so that no vector is loaded of what was just stored.
/// </summary>
internal sealed class QuadratureMirrorFilter
{
    /// <summary>The longest block, in pairs of samples.</summary>
    public const int LongestBlock = 160;

    private const int Taps = 12;
    private const int History = Taps - 1;

    private static readonly Vector256<int> First = Vector256.Create(3, -11, 12, 32, -210, 951, 3876, -805);
    private static readonly Vector128<int> Rest = Vector128.Create(362, -156, 53, -11);
    private static readonly Vector256<int> FirstReversed = Vector256.Create(-11, 53, -156, 362, -805, 3876, 951, -210);
    private static readonly Vector128<int> RestReversed = Vector128.Create(32, 12, -11, 3);

    private readonly int[] _even = new int[History + LongestBlock];
    private readonly int[] _odd = new int[History + LongestBlock];

    /// <summary>Where the next block of the even half is to be put.</summary>
    public Span<int> Even => _even.AsSpan(History);

    /// <summary>Where that of the odd half is to be put.</summary>
    public Span<int> Odd => _odd.AsSpan(History);

    /// <summary>The outputs of both halves for the pair at <paramref name="index"/> of the block.</summary>
    public (int Odd, int Even) At(int index) =>
        (Sum(_odd.AsSpan(index, Taps), FirstReversed, RestReversed), Sum(_even.AsSpan(index, Taps), First, Rest));

    /// <summary>The block is done with: its end is the history of the next.</summary>
    /// <param name="length">How many pairs it had.</param>
    public void Advance(int length)
    {
        _even.AsSpan(length, History).CopyTo(_even);
        _odd.AsSpan(length, History).CopyTo(_odd);
    }

    private static int Sum(ReadOnlySpan<int> values, Vector256<int> first, Vector128<int> rest)
    {
        var products = Vector256.Create(values) * first;
        return Vector128.Sum(products.GetLower() + products.GetUpper() + Vector128.Create(values[8..]) * rest);
    }
}
