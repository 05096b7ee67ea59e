using System.Numerics;

namespace UnifiedMsg.Media.Audio;

/// <summary>
/// The low-pass between two rates: a sinc under a Kaiser window, 48 zero crossings a side, kept once for each place that an output sample can
/// have between two input samples. Its stop band begins at the lower of the two band edges and is 80 dB down; the pass band is flat to 0.1 dB
/// up to 0.88 of the edge (3.5 kHz at 8 kHz).
/// </summary>
internal sealed class PolyphaseFilter
{
    private const int ZeroCrossings = 48;

    // 90 dB on paper; what the window's width makes of it is the slope, whose middle lies so far below the edge that it ends there.
    private const double KaiserBeta = 8.96;
    private const double Middle = 0.94;

    private readonly float[][] _phases;

    /// <summary>The filter from one rate to another.</summary>
    /// <param name="from">In Hz.</param>
    /// <param name="to">In Hz.</param>
    public PolyphaseFilter(int from, int to)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(from);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(to);
        var divisor = GreatestCommonDivisor(from, to);
        (Step, Phases) = (from / divisor, to / divisor);
        var cutoff = Middle * Math.Min(1.0, (double)to / from);
        // Lengths that vectors divide leave no rest to be added up one by one; the taps that this adds are zero.
        Half = ((int)Math.Ceiling(ZeroCrossings / cutoff) + 15) / 16 * 16;
        _phases = new float[Phases][];
        for (var phase = 0; phase < Phases; phase++)
            _phases[phase] = Taps((double)phase / Phases, cutoff);
    }

    /// <summary>By how many phases the place moves with each output sample.</summary>
    public int Step { get; }

    /// <summary>Phases between two input samples.</summary>
    public int Phases { get; }

    /// <summary>Taps from the first to the input sample at or before the output sample, itself included.</summary>
    public int Half { get; }

    /// <summary>Taps in all.</summary>
    public int Length => 2 * Half;

    /// <summary>The output sample between the <see cref="Half"/>th of some samples and the next.</summary>
    /// <param name="samples">At least <see cref="Length"/> of them.</param>
    /// <param name="phase">How far between the two.</param>
    public short At(ReadOnlySpan<float> samples, int phase)
    {
        var taps = _phases[phase].AsSpan();
        samples = samples[..taps.Length];
        // Two sums, so that an addition need not wait for the one before.
        var (first, second) = (Vector<float>.Zero, Vector<float>.Zero);
        for (var tap = 0; tap < taps.Length; tap += 2 * Vector<float>.Count)
        {
            first += new Vector<float>(taps[tap..]) * new Vector<float>(samples[tap..]);
            second += new Vector<float>(taps[(tap + Vector<float>.Count)..]) * new Vector<float>(samples[(tap + Vector<float>.Count)..]);
        }
        return (short)Math.Clamp(MathF.Round(Vector.Sum(first + second)), short.MinValue, short.MaxValue);
    }

    private float[] Taps(double fraction, double cutoff)
    {
        var taps = new double[Length];
        for (var tap = 0; tap < taps.Length; tap++)
        {
            var distance = tap - Half + 1 - fraction;
            taps[tap] = Sinc(distance * cutoff) * Kaiser(distance * cutoff / ZeroCrossings);
        }
        // Each phase has a gain of exactly one, or a steady level would get a ripple at the difference of the rates.
        var sum = taps.Sum();
        var result = new float[Length];
        for (var tap = 0; tap < taps.Length; tap++)
            result[tap] = (float)(taps[tap] / sum);
        return result;
    }

    private static int GreatestCommonDivisor(int a, int b) => b == 0 ? a : GreatestCommonDivisor(b, a % b);

    private static double Sinc(double x) => Math.Abs(x) < 1e-9 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);

    private static double Kaiser(double x) => Math.Abs(x) >= 1 ? 0 : Bessel(KaiserBeta * Math.Sqrt(1 - x * x)) / Bessel(KaiserBeta);

    // The modified Bessel function of order zero, by its series.
    private static double Bessel(double x)
    {
        double sum = 1, term = 1;
        for (var k = 1; term > sum * 1e-12; k++)
        {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }
        return sum;
    }
}
