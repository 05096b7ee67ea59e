using System.Numerics;
using System.Runtime.InteropServices;

namespace UnifiedMsg.Media.Audio;

/// <summary>The sum of the products of two stretches of sound: what correlation, filters and energies are made of.</summary>
internal static class DotProduct
{
    // So many sums at once, since one would wait for itself: a multiplication takes some cycles, but two begin in each.
    private const int Sums = 4;

    public static float Of(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var vectorsA = MemoryMarshal.Cast<float, Vector<float>>(a);
        var vectorsB = MemoryMarshal.Cast<float, Vector<float>>(b)[..vectorsA.Length];
        var (first, second, third, fourth) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
        var i = 0;
        for (; i <= vectorsA.Length - Sums; i += Sums)
        {
            first = Vector.FusedMultiplyAdd(vectorsA[i], vectorsB[i], first);
            second = Vector.FusedMultiplyAdd(vectorsA[i + 1], vectorsB[i + 1], second);
            third = Vector.FusedMultiplyAdd(vectorsA[i + 2], vectorsB[i + 2], third);
            fourth = Vector.FusedMultiplyAdd(vectorsA[i + 3], vectorsB[i + 3], fourth);
        }
        for (; i < vectorsA.Length; i++)
            first = Vector.FusedMultiplyAdd(vectorsA[i], vectorsB[i], first);
        var sum = Vector.Sum(first + second + (third + fourth));
        for (i = vectorsA.Length * Vector<float>.Count; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
