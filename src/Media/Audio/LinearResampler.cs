namespace UnifiedMsg.Media.Audio;

/// <summary>
/// Changes the rate by drawing straight lines between samples. Cheap, and it leaves images above the old band: speech recognisers trained
/// on wide-band speech do better with those than with an empty upper band. For listeners use <see cref="SincResampler"/>.
/// </summary>
public static class LinearResampler
{
    /// <summary>The same sound at another rate.</summary>
    /// <param name="samples">Mono samples.</param>
    /// <param name="from">Their rate, in Hz.</param>
    /// <param name="to">The wanted rate, in Hz.</param>
    public static short[] Resample(ReadOnlySpan<short> samples, int from, int to)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(from);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(to);
        var result = new short[(int)((long)samples.Length * to / from)];
        for (var i = 0; i < result.Length; i++)
        {
            var position = (long)i * from;
            var left = (int)(position / to);
            var fraction = (int)(position % to);
            var next = Math.Min(left + 1, samples.Length - 1);
            result[i] = (short)(samples[left] + (long)(samples[next] - samples[left]) * fraction / to);
        }
        return result;
    }
}
