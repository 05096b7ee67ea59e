namespace UnifiedMsg.Media.Audio;

/// <summary>
/// Changes the rate by a windowed sinc low-pass (Kaiser window, 32 zero crossings a side): what lies above the lower of the two bands is at
/// least 60 dB down from 1.1 times its edge on, and the pass band is flat to 0.1 dB up to 0.85 of it.
/// </summary>
public static class SincResampler
{
    private const int ZeroCrossings = 32;
    private const double KaiserBeta = 8;

    // The cut-off stays a little below half the lower rate, so that the slope of the filter ends near it.
    private const double Bandwidth = 0.945;

    /// <summary>The same sound at another rate.</summary>
    /// <param name="samples">Mono samples.</param>
    /// <param name="from">Their rate, in Hz.</param>
    /// <param name="to">The wanted rate, in Hz.</param>
    public static short[] Resample(ReadOnlySpan<short> samples, int from, int to)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(from);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(to);
        var filter = new Filter(from, to);
        var result = new short[(int)((long)samples.Length * to / from)];
        for (var i = 0; i < result.Length; i++)
        {
            var position = (long)i * from;
            var value = filter.At(samples, (int)(position / to), (int)(position % to / filter.Divisor));
            result[i] = (short)Math.Clamp(Math.Round(value), short.MinValue, short.MaxValue);
        }
        return result;
    }

    // The filter sampled at every phase that occurs: to/gcd of them, each with the taps around one input sample.
    private sealed class Filter
    {
        private readonly double[][] _phases;
        private readonly int _half;

        public int Divisor { get; }

        public Filter(int from, int to)
        {
            Divisor = Gcd(from, to);
            var cutoff = Bandwidth * Math.Min(1.0, (double)to / from);
            _half = (int)Math.Ceiling(ZeroCrossings / cutoff);
            _phases = new double[to / Divisor][];
            for (var phase = 0; phase < _phases.Length; phase++)
                _phases[phase] = Taps((double)phase / _phases.Length, cutoff);
        }

        public double At(ReadOnlySpan<short> samples, int index, int phase)
        {
            var taps = _phases[phase];
            var first = index - _half + 1;
            var sum = 0.0;
            for (var tap = Math.Max(0, -first); tap < taps.Length && first + tap < samples.Length; tap++)
                sum += taps[tap] * samples[first + tap];
            return sum;
        }

        private double[] Taps(double fraction, double cutoff)
        {
            var taps = new double[_half * 2];
            var sum = 0.0;
            for (var tap = 0; tap < taps.Length; tap++)
            {
                var distance = tap - _half + 1 - fraction;
                taps[tap] = Sinc(distance * cutoff) * Kaiser(distance / _half);
                sum += taps[tap];
            }
            // Each phase has a gain of exactly one, or a steady level would get a ripple at the difference of the rates.
            for (var tap = 0; tap < taps.Length; tap++)
                taps[tap] /= sum;
            return taps;
        }

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

        private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);
    }
}
