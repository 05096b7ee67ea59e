using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Player;

/// <summary>Sources one after the other, as one that can be played from anywhere.</summary>
public sealed class JoinedSource : ISeekableSource
{
    private readonly IReadOnlyList<ISeekableSource> _sources;
    private int _current;

    /// <summary>Joins sources.</summary>
    /// <exception cref="ArgumentException">There is none, or their rates differ.</exception>
    public JoinedSource(params IReadOnlyList<ISeekableSource> sources)
    {
        if (sources.Count == 0 || sources.Any(each => each.SampleRate != sources[0].SampleRate))
            throw new ArgumentException("Sources of one rate are needed", nameof(sources));
        _sources = sources;
    }

    /// <inheritdoc/>
    public int SampleRate => _sources[0].SampleRate;

    /// <inheritdoc/>
    public TimeSpan Duration => Sum(_sources.Count);

    /// <inheritdoc/>
    public TimeSpan Position
    {
        get => Sum(_current) + _sources[_current].Position;
        set
        {
            for (_current = 0; _current < _sources.Count - 1 && value >= _sources[_current].Duration; _current++)
                value -= _sources[_current].Duration;
            _sources[_current].Position = value;
            foreach (var later in _sources.Skip(_current + 1))
                later.Position = TimeSpan.Zero;
        }
    }

    /// <inheritdoc/>
    public int Read(Span<short> samples)
    {
        var count = _sources[_current].Read(samples);
        while (count < samples.Length && _current < _sources.Count - 1)
            count += _sources[++_current].Read(samples[count..]);
        return count;
    }

    private TimeSpan Sum(int count) => _sources.Take(count).Aggregate(TimeSpan.Zero, (sum, each) => sum + each.Duration);
}
