using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Player;

/// <summary>
/// Plays a source under control: pause, seek, speed, volume, fades. It is itself a source: a call plays it, or a mix. All members may be
/// called from any thread while it plays.
/// </summary>
/// <param name="source">What is played; the player has it to itself.</param>
public sealed class AudioPlayer(ISeekableSource source) : IAudioSource
{
    /// <summary>The slowest speed.</summary>
    public const double Slowest = 0.75;

    /// <summary>The highest speed.</summary>
    public const double Fastest = 2;

    // 10 ms: pauses, jumps and changes of the volume that are quicker click.
    private static readonly TimeSpan Soft = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private readonly TimeStretch _stretch = new(source);
    private readonly GainRamp _gain = new(source.SampleRate);
    private readonly GainRamp _fade = new(source.SampleRate);
    private double _speed = 1;
    private TimeSpan? _jump;
    private bool _paused;
    private bool _stopping;
    private bool _ended;

    /// <inheritdoc/>
    public int SampleRate => source.SampleRate;

    /// <summary>How long the source is.</summary>
    public TimeSpan Duration => source.Duration;

    /// <summary>Where in the source we are.</summary>
    public TimeSpan Position
    {
        get
        {
            lock (_gate)
                return _jump ?? Max(TimeSpan.Zero, source.Position - TimeSpan.FromSeconds((double)_stretch.Pending / SampleRate));
        }
    }

    /// <summary>How fast it is played, <see cref="Slowest"/> to <see cref="Fastest"/>, without a change of its pitch.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Slower or faster than that.</exception>
    public double Speed
    {
        get
        {
            lock (_gate)
                return _speed;
        }
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, Slowest);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Fastest);
            lock (_gate)
                _stretch.Speed = _speed = value;
        }
    }

    /// <summary>Whether it is paused.</summary>
    public bool IsPaused
    {
        get
        {
            lock (_gate)
                return _paused;
        }
    }

    /// <summary>Stops, and gives silence until <see cref="Resume"/>.</summary>
    public void Pause()
    {
        lock (_gate)
        {
            _paused = true;
            _fade.To(0, Soft);
        }
    }

    /// <summary>Goes on after a pause.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _paused = false;
            _fade.To(_stopping ? 0 : 1, Soft);
        }
    }

    /// <summary>Goes on somewhere else; before the beginning and behind the end, there.</summary>
    public void Seek(TimeSpan position)
    {
        lock (_gate)
        {
            _jump = Max(TimeSpan.Zero, position < Duration ? position : Duration);
            _ended = false;
            if (!_paused)
                _fade.To(0, Soft);
        }
    }

    /// <summary>Goes so far forward, or back when it is negative.</summary>
    public void Skip(TimeSpan distance) => Seek(Position + distance);

    /// <summary>Changes the volume, by 0 dB at first.</summary>
    /// <param name="decibels">More than before the player, or less.</param>
    public void SetVolume(double decibels)
    {
        lock (_gate)
            _gain.To(Math.Pow(10, decibels / 20), Soft);
    }

    /// <summary>Begins with silence and comes to the full volume within a time.</summary>
    public void FadeIn(TimeSpan time)
    {
        lock (_gate)
        {
            _fade.Set(0);
            _fade.To(1, time);
        }
    }

    /// <summary>Goes down to silence within a time, and ends.</summary>
    public void FadeOut(TimeSpan time)
    {
        lock (_gate)
        {
            _stopping = true;
            if (_paused)
                _fade.Set(0);
            else
                _fade.To(0, time);
        }
    }

    /// <inheritdoc/>
    public int Read(Span<short> samples)
    {
        lock (_gate)
        {
            var count = 0;
            while (count < samples.Length && !_ended)
            {
                if (_fade.IsSilent && Land(samples[count..]) is { } silence)
                {
                    count += silence;
                    continue;
                }
                // No further than to the end of a fade, behind which something else happens.
                var part = samples.Slice(count, Math.Min(samples.Length - count, _fade.Left));
                var read = _stretch.Read(part);
                _fade.Apply(part[..read]);
                _gain.Apply(part[..read]);
                count += read;
                _ended = read < part.Length && _jump is null && !_paused;
                if (read < part.Length && !_ended)
                    _fade.Set(0);
            }
            return count;
        }
    }

    // All is silent: now we jump, end, or wait. Null when it goes on with sound.
    private int? Land(Span<short> samples)
    {
        if (_stopping)
        {
            _ended = true;
            return 0;
        }
        if (_jump is { } position)
        {
            source.Position = position;
            _stretch.Reset();
            _jump = null;
        }
        if (_paused)
        {
            samples.Clear();
            return samples.Length;
        }
        _fade.To(1, Soft);
        return null;
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
