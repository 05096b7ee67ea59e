namespace UnifiedMsg.Media.Audio;

/// <summary>
/// Changes the rate without audible aliasing: what lies above the lower of the two bands is 80 dB down from its edge on, and the pass band
/// is flat to 0.1 dB up to 0.88 of it. For a stream use <see cref="StreamResampler"/>.
/// </summary>
public static class SincResampler
{
    /// <summary>The same sound at another rate.</summary>
    /// <param name="samples">Mono samples.</param>
    /// <param name="from">Their rate, in Hz.</param>
    /// <param name="to">The wanted rate, in Hz.</param>
    public static short[] Resample(ReadOnlySpan<short> samples, int from, int to)
    {
        var filter = new PolyphaseFilter(from, to);
        var result = new short[(int)((long)samples.Length * to / from)];
        // Silence on both sides, so that the filter finds all its samples at the ends too.
        var padded = new float[filter.Half - 1 + samples.Length + filter.Length];
        for (var i = 0; i < samples.Length; i++)
            padded[filter.Half - 1 + i] = samples[i];
        for (var i = 0; i < result.Length; i++)
        {
            var place = (long)i * filter.Step;
            result[i] = filter.At(padded.AsSpan((int)(place / filter.Phases)), (int)(place % filter.Phases));
        }
        return result;
    }
}
