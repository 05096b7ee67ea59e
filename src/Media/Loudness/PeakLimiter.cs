namespace UnifiedMsg.Media.Loudness;

/// <summary>Amplifies sound and keeps its true peaks below a limit: it knows what comes, and turns down in time.</summary>
internal static class PeakLimiter
{
    // Turned down within 5 ms before a peak, back up within 100 ms behind it: slower would pump, faster would be heard as a rasp.
    private const double Attack = 0.005;
    private const double Release = 0.1;

    /// <summary>The amplified sound.</summary>
    /// <param name="samples">What is to be amplified.</param>
    /// <param name="sampleRate">In Hz.</param>
    /// <param name="gain">In dB.</param>
    /// <param name="peak">The highest true peak, in dB of full scale.</param>
    public static short[] Apply(ReadOnlySpan<short> samples, int sampleRate, double gain, double peak)
    {
        var factor = Math.Pow(10, gain / 20);
        var gains = Gains(samples, factor, Math.Pow(10, peak / 20) * 32768);
        Smooth(gains, Math.Max(1, (int)(Attack * sampleRate)), Math.Exp(-1 / (Release * sampleRate)));
        var result = new short[samples.Length];
        for (var i = 0; i < result.Length; i++)
            result[i] = (short)Math.Clamp(Math.Round(samples[i] * factor * gains[i]), short.MinValue, short.MaxValue);
        return result;
    }

    // What each sample may be multiplied with, so that neither it nor the values beside it are too high.
    private static double[] Gains(ReadOnlySpan<short> samples, double factor, double limit)
    {
        var gains = new double[samples.Length];
        Array.Fill(gains, 1);
        // Between samples the sound is never twice as high as they are: most needs no closer look.
        var most = 0;
        foreach (var sample in samples)
            most = Math.Max(most, Math.Abs((int)sample));
        if (2 * most * factor <= limit)
            return gains;
        for (var i = 0; i < samples.Length + TruePeak.Delay; i++)
        {
            var value = TruePeak.At(samples, i) * factor;
            if (value <= limit)
                continue;
            var at = i - TruePeak.Delay;
            for (var near = Math.Max(0, at); near <= Math.Min(at + 1, samples.Length - 1); near++)
                gains[near] = Math.Min(gains[near], limit / value);
        }
        return gains;
    }

    // The least gain of the next moment is reached in a straight line; afterwards it comes back slowly.
    private static void Smooth(double[] gains, int attack, double release)
    {
        for (var i = gains.Length - 2; i >= 0; i--)
            gains[i] = Math.Min(gains[i], gains[i + 1] + (1 - gains[i + 1]) / attack);
        for (var i = 1; i < gains.Length; i++)
            gains[i] = Math.Min(gains[i], 1 - (1 - gains[i - 1]) * release);
    }
}
