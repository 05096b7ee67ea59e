namespace UnifiedMsg.Media.Tests.Codecs;

/// <summary>How well something decoded is what was encoded.</summary>
internal static class SignalToNoise
{
    /// <summary>Samples by which the two filters of G.722 delay.</summary>
    public const int DelayOfG722 = 22;

    /// <summary>The ratio in dB, sample by sample.</summary>
    public static double Of(ReadOnlySpan<short> original, ReadOnlySpan<short> decoded, int delay)
    {
        double signal = 0, noise = 1e-9;
        for (var i = delay; i < Math.Min(decoded.Length, original.Length); i++)
        {
            double expected = original[i - delay];
            signal += expected * expected;
            noise += (decoded[i] - expected) * (decoded[i] - expected);
        }
        return 10 * Math.Log10(signal / noise);
    }
}
