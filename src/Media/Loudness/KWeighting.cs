namespace UnifiedMsg.Media.Loudness;

/// <summary>
/// The filter of ITU-R BS.1770-4 annex 1: a shelf that lifts what the head lifts, and a high-pass, as the ear has it. The standard gives
/// its coefficients for 48 kHz; for other rates they come from the analogue filters behind those.
/// </summary>
internal sealed class KWeighting
{
    // The analogue filters whose transforms at 48 kHz are tables 1 and 2.
    private const double ShelfFrequency = 1681.974450955533;
    private const double ShelfGain = 3.999843853973347;
    private const double ShelfQ = 0.7071752369554196;
    private const double ShelfSlope = 0.4996667741545416;
    private const double HighPassFrequency = 38.13547087602444;
    private const double HighPassQ = 0.5003270373238773;

    private readonly double[] _shelf;
    private readonly double[] _highPass;
    private double _s1, _s2, _h1, _h2;

    public KWeighting(int sampleRate)
    {
        _shelf = Shelf(Math.Tan(Math.PI * ShelfFrequency / sampleRate));
        _highPass = HighPass(Math.Tan(Math.PI * HighPassFrequency / sampleRate));
    }

    /// <summary>Filters the next sample.</summary>
    public double Next(double x)
    {
        // Direct form 2, transposed: b0 b1 b2 a1 a2.
        var y = _shelf[0] * x + _s1;
        _s1 = _shelf[1] * x - _shelf[3] * y + _s2;
        _s2 = _shelf[2] * x - _shelf[4] * y;
        var z = _highPass[0] * y + _h1;
        _h1 = _highPass[1] * y - _highPass[3] * z + _h2;
        _h2 = _highPass[2] * y - _highPass[4] * z;
        return z;
    }

    private static double[] Shelf(double k)
    {
        var high = Math.Pow(10, ShelfGain / 20);
        var band = Math.Pow(high, ShelfSlope);
        var a0 = 1 + k / ShelfQ + k * k;
        return
        [
            (high + band * k / ShelfQ + k * k) / a0, 2 * (k * k - high) / a0, (high - band * k / ShelfQ + k * k) / a0,
            2 * (k * k - 1) / a0, (1 - k / ShelfQ + k * k) / a0,
        ];
    }

    private static double[] HighPass(double k)
    {
        var a0 = 1 + k / HighPassQ + k * k;
        return [1, -2, 1, 2 * (k * k - 1) / a0, (1 - k / HighPassQ + k * k) / a0];
    }
}
