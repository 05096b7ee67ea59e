namespace UnifiedMsg.Media.Audio;

/// <summary>
/// Changes the rate of a stream, a piece at a time, with the filter of <see cref="SincResampler"/>. What comes out is late by half the length
/// of the filter, 8 ms where the lower rate is 8 kHz. Not for two threads at once.
/// </summary>
public sealed class StreamResampler
{
    private readonly PolyphaseFilter _filter;

    // What is still needed of the samples that came, the oldest first.
    private float[] _window;
    private int _filled;
    private int _phase;

    /// <summary>A resampler for one stream.</summary>
    /// <param name="from">The rate of what goes in, in Hz.</param>
    /// <param name="to">The rate of what comes out, in Hz.</param>
    public StreamResampler(int from, int to)
    {
        _filter = new PolyphaseFilter(from, to);
        _filled = _filter.Length - 1;
        _window = new float[_filled + from / 50];
    }

    /// <summary>By how much what comes out is late, in samples of what goes in.</summary>
    public int Delay => _filter.Half;

    /// <summary>How many samples come out for the next <paramref name="count"/> that go in.</summary>
    public int OutputFor(int count)
    {
        var places = (long)(_filled + count - _filter.Length + 1) * _filter.Phases - _phase;
        return places <= 0 ? 0 : (int)((places + _filter.Step - 1) / _filter.Step);
    }

    /// <summary>Takes the next samples.</summary>
    /// <param name="samples">What goes in.</param>
    /// <param name="result">What comes out; holds <see cref="OutputFor"/>.</param>
    /// <returns>How many samples came out.</returns>
    public int Process(ReadOnlySpan<short> samples, Span<short> result)
    {
        // Grows once, for the longest piece that comes.
        if (_window.Length < _filled + samples.Length)
            Array.Resize(ref _window, _filled + samples.Length);
        for (var i = 0; i < samples.Length; i++)
            _window[_filled + i] = samples[i];
        _filled += samples.Length;
        var (count, index) = (0, 0);
        for (; index + _filter.Length <= _filled; count++)
        {
            result[count] = _filter.At(_window.AsSpan(index), _phase);
            _phase += _filter.Step;
            index += _phase / _filter.Phases;
            _phase %= _filter.Phases;
        }
        _window.AsSpan(index, _filled - index).CopyTo(_window);
        _filled -= index;
        return count;
    }
}
