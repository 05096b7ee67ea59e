namespace UnifiedMsg.Media.Audio;

/// <summary>A source at another rate, such as what is being played when a new offer changes the codec.</summary>
/// <param name="source">The source.</param>
/// <param name="rate">The wanted rate, in Hz.</param>
internal sealed class ResampledSource(IAudioSource source, int rate) : IAudioSource
{
    private readonly StreamResampler _resampler = new(source.SampleRate, rate);
    private readonly short[] _read = new short[source.SampleRate / 50];
    private readonly short[] _resampled = new short[rate / 50 + 2];
    private int _first;
    private int _count;
    private bool _ended;

    public int SampleRate => rate;

    public int Read(Span<short> samples)
    {
        var given = 0;
        while (given < samples.Length && (_count > 0 || Fill()))
        {
            var part = Math.Min(_count, samples.Length - given);
            _resampled.AsSpan(_first, part).CopyTo(samples[given..]);
            given += part;
            _first += part;
            _count -= part;
        }
        return given;
    }

    // At the end comes what the filter still holds, pushed out by silence.
    private bool Fill()
    {
        if (_ended)
            return false;
        var count = source.Read(_read);
        _ended = count < _read.Length;
        _read.AsSpan(count).Clear();
        _first = 0;
        _count = _resampler.Process(_read, _resampled);
        return _count > 0 || !_ended;
    }
}
