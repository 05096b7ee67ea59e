namespace UnifiedMsg.Benchmarks.Media;

/// <summary>The sums of a resampler of the same length without vectors, to compare with; what it gives is of no use.</summary>
/// <param name="from">In Hz.</param>
/// <param name="to">In Hz.</param>
internal sealed class PlainResampler(int from, int to)
{
    // 48 zero crossings a side, rounded up as the real one does.
    private readonly float[] _taps = [.. Enumerable.Repeat(0.01f, 2 * ((int)Math.Ceiling(48 / (0.94 * Math.Min(1.0, (double)to / from))) + 15) / 16 * 16)];
    private readonly float[] _window = new float[4096];

    public int Process(ReadOnlySpan<short> samples, Span<short> result)
    {
        for (var i = 0; i < samples.Length; i++)
            _window[_taps.Length + i] = samples[i];
        var count = samples.Length * to / from;
        for (var i = 0; i < count; i++)
        {
            var window = _window.AsSpan(i * from / to, _taps.Length);
            var taps = _taps.AsSpan();
            var sum = 0f;
            for (var tap = 0; tap < taps.Length && tap < window.Length; tap++)
                sum += taps[tap] * window[tap];
            result[i] = (short)sum;
        }
        _window.AsSpan(samples.Length, _taps.Length).CopyTo(_window);
        return count;
    }
}
