using System.Numerics;

namespace UnifiedMsg.Media.Audio;

/// <summary>The fast Fourier transform of a length that is a power of two, in place.</summary>
internal static class Fft
{
    public static void Forward(Span<Complex> values) => Transform(values, -1);

    // Without the division by the length: whoever compares values does not need it.
    public static void Inverse(Span<Complex> values) => Transform(values, 1);

    private static void Transform(Span<Complex> values, int sign)
    {
        Reorder(values);
        var roots = Roots(values.Length, sign);
        for (var half = 1; half < values.Length; half *= 2)
        {
            var step = values.Length / (half * 2);
            for (var start = 0; start < values.Length; start += half * 2)
            {
                for (var i = 0; i < half; i++)
                {
                    var low = values[start + i];
                    var high = values[start + i + half] * roots[i * step];
                    values[start + i] = low + high;
                    values[start + i + half] = low - high;
                }
            }
        }
    }

    private static Complex[] Roots(int length, int sign)
    {
        var roots = new Complex[Math.Max(1, length / 2)];
        for (var i = 0; i < roots.Length; i++)
            roots[i] = Complex.FromPolarCoordinates(1, sign * 2 * Math.PI * i / length);
        return roots;
    }

    private static void Reorder(Span<Complex> values)
    {
        for (int i = 1, j = 0; i < values.Length; i++)
        {
            var bit = values.Length >> 1;
            for (; (j & bit) != 0; bit >>= 1)
                j ^= bit;
            j |= bit;
            if (i < j)
                (values[i], values[j]) = (values[j], values[i]);
        }
    }
}
