using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace UnifiedMsg.Media.Codecs;

/// <summary>
/// One of the two bands of G.722 as encoder and decoder both keep it: the scale factor of its quantiser and the predictor of two poles and
/// six zeroes (ITU-T G.722 §6.2.1, blocks 3 and 4). Names in capitals are those of the recommendation; products are shifted and sums limited
/// to 16 bits where it says so, which makes both sides agree to the bit.
/// </summary>
internal sealed class G722Band(int smallestScale, int exponent, int largestLog)
{
    // The zeroes and the last six differences, newest first; the two lanes left over stay zero.
    private Vector256<int> _zeroes;
    private Vector256<int> _differences;
    private int _pole1;
    private int _pole2;
    private int _partial1;
    private int _partial2;
    private int _reconstructed1;
    private int _reconstructed2;
    private int _zeroPart;
    private int _log;

    private static readonly Vector256<int> Older = Vector256.Create(7, 0, 1, 2, 3, 4, 5, 6);
    private static readonly Vector256<int> SixLanes = Vector256.Create(-1, -1, -1, -1, -1, -1, 0, 0);

    /// <summary>SL, SH: what the next sample is expected to be.</summary>
    public int Predicted { get; private set; }

    /// <summary>DETL, DETH: the scale factor of the quantiser.</summary>
    public int Scale { get; private set; } = smallestScale;

    /// <summary>Takes the difference of a sample, as both sides know it, and what its code does to the scale.</summary>
    /// <param name="level">The output level of the code.</param>
    /// <param name="weight">WL or WH of the code.</param>
    public void Update(int level, int weight)
    {
        var difference = (Scale * level) >> 15;
        // LOGSCL, SCALEL
        _log = Math.Clamp(((_log * 127) >> 7) + weight, 0, largestLog);
        var shift = exponent - (_log >> 11);
        int mantissa = G722Tables.Ilb[(_log >> 6) & 31];
        Scale = (shift < 0 ? mantissa << -shift : mantissa >> shift) << 2;
        Predict(difference);
    }

    private void Predict(int difference)
    {
        // RECONS, PARREC
        var reconstructed = Limit(Predicted + difference);
        var partial = Limit(_zeroPart + difference);
        AdaptPoles(partial);
        AdaptZeroes(difference);
        // DELAYA
        (_partial2, _partial1) = (_partial1, partial);
        (_reconstructed2, _reconstructed1) = (_reconstructed1, reconstructed);
        _differences = Vector256.Shuffle(_differences, Older).WithElement(0, difference) & SixLanes;
        // FILTEP, FILTEZ, PREDIC
        var polePart = Limit(((_pole1 * Limit(2 * reconstructed)) >> 15) + ((_pole2 * Limit(2 * _reconstructed2)) >> 15));
        var products = (_zeroes * Limit(_differences + _differences)) >> 15;
        _zeroPart = Limit(Vector256.Sum(products));
        Predicted = Limit(polePart + _zeroPart);
    }

    // UPPOL2, UPPOL1
    private void AdaptPoles(int partial)
    {
        var sameAsLast = (partial ^ _partial1) >= 0;
        var four = Limit(_pole1 << 2);
        var step = sameAsLast ? Math.Min(-four, short.MaxValue) : four;
        var second = ((partial ^ _partial2) >= 0 ? 128 : -128) + (step >> 7) + ((_pole2 * 32512) >> 15);
        _pole2 = Math.Clamp(second, -12288, 12288);
        var first = Limit((sameAsLast ? 192 : -192) + ((_pole1 * 32640) >> 15));
        var limit = 15360 - _pole2;
        _pole1 = Math.Clamp(first, -limit, limit);
    }

    // UPZERO: each zero moves towards the sign that its difference has in common with the newest.
    private void AdaptZeroes(int difference)
    {
        var decayed = (_zeroes * 32640) >> 15;
        if (difference != 0)
        {
            // 128 where both signs are equal, else -128.
            var opposite = (_differences ^ Vector256.Create(difference)) >> 31;
            decayed += ((opposite ^ Vector256.Create(128)) - opposite) & SixLanes;
        }
        _zeroes = Limit(decayed);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Limit(int value) => value == (short)value ? value : value < 0 ? short.MinValue : short.MaxValue;

    private static Vector256<int> Limit(Vector256<int> value) =>
        Vector256.Min(Vector256.Max(value, Vector256.Create((int)short.MinValue)), Vector256.Create((int)short.MaxValue));
}
