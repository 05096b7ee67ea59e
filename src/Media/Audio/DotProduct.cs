using System.Numerics;
using System.Runtime.InteropServices;

namespace UnifiedMsg.Media.Audio;

/// <summary>The sum of the products of two stretches of sound: what correlation, filters and energies are made of.</summary>
internal static class DotProduct
{
    public static float Of(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var vectorsA = MemoryMarshal.Cast<float, Vector<float>>(a);
        var vectorsB = MemoryMarshal.Cast<float, Vector<float>>(b);
        var sums = Vector<float>.Zero;
        for (var i = 0; i < vectorsA.Length; i++)
            sums += vectorsA[i] * vectorsB[i];
        var sum = Vector.Sum(sums);
        for (var i = vectorsA.Length * Vector<float>.Count; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
