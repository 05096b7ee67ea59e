using System.Collections.Concurrent;
using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Media.Audio;

/// <summary>A piece of sound in memory: mono, 16-bit. Immutable, so any number of calls can play one at once.</summary>
/// <param name="samples">The samples; not to be changed afterwards.</param>
/// <param name="sampleRate">In Hz.</param>
public sealed class AudioClip(ReadOnlyMemory<short> samples, int sampleRate)
{
    // At other rates, by rate; made when the first is asked for. A prompt is resampled once and not for each call.
    private ConcurrentDictionary<int, Lazy<AudioClip>>? _resampled;

    /// <summary>The samples.</summary>
    public ReadOnlyMemory<short> Samples { get; } = samples;

    /// <summary>Samples per second, in Hz.</summary>
    public int SampleRate { get; } = sampleRate;

    /// <summary>How long it plays.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds((double)Samples.Length / SampleRate);

    /// <summary>A source that plays the clip once from its beginning.</summary>
    public ISeekableSource Open() => new ClipSource(this);

    /// <summary>The same sound at another rate, without aliasing; the clip itself when it has that rate. Made once and kept with the clip.</summary>
    /// <param name="rate">In Hz.</param>
    public AudioClip Resample(int rate)
    {
        if (rate == SampleRate)
            return this;
        var known = LazyInitializer.EnsureInitialized(ref _resampled);
        return known.GetOrAdd(rate, wanted => new Lazy<AudioClip>(
            () => new AudioClip(SincResampler.Resample(Samples.Span, SampleRate, wanted), wanted))).Value;
    }

    /// <summary>Silence.</summary>
    /// <param name="duration">How long.</param>
    /// <param name="sampleRate">In Hz.</param>
    public static AudioClip Silence(TimeSpan duration, int sampleRate = 8000) => new(new short[(int)(duration.TotalSeconds * sampleRate)], sampleRate);

    /// <summary>The clips one after the other, at the rate of the first.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static AudioClip Join(params IReadOnlyList<AudioClip> clips)
    {
        if (clips.Count == 0)
            throw new ArgumentException("Nothing to join", nameof(clips));
        var samples = new List<short>();
        foreach (var clip in clips)
            samples.AddRange(clip.Resample(clips[0].SampleRate).Samples.Span);
        return new AudioClip(samples.ToArray(), clips[0].SampleRate);
    }

    /// <summary>What is left of the clip after it went through a codec: what a listener at the other end hears at best.</summary>
    public AudioClip Through(AudioCodec codec)
    {
        var source = Resample(codec.SampleRate).Samples.Span;
        var frame = codec.SampleRate / 50;
        using var encoder = codec.CreateEncoder();
        using var decoder = codec.CreateDecoder();
        var payload = new byte[frame * 2];
        var decoded = new List<short>(source.Length);
        for (; !source.IsEmpty; source = source[Math.Min(frame, source.Length)..])
        {
            // Packets are whole: the last is filled up with silence, as it is in a call, which is cut off again.
            var samples = new short[frame];
            var count = Math.Min(frame, source.Length);
            source[..count].CopyTo(samples);
            decoder.Decode(payload.AsSpan(0, encoder.Encode(samples, payload)), samples);
            decoded.AddRange(samples.AsSpan(0, count));
        }
        return new AudioClip(decoded.ToArray(), codec.SampleRate);
    }

    private sealed class ClipSource(AudioClip clip) : ISeekableSource
    {
        private int _position;

        public int SampleRate => clip.SampleRate;

        public TimeSpan Duration => clip.Duration;

        public TimeSpan Position
        {
            get => TimeSpan.FromSeconds((double)_position / clip.SampleRate);
            set => _position = (int)Math.Clamp(Math.Round(value.TotalSeconds * clip.SampleRate), 0, clip.Samples.Length);
        }

        public int Read(Span<short> samples)
        {
            var rest = clip.Samples.Span[_position..];
            var count = Math.Min(rest.Length, samples.Length);
            rest[..count].CopyTo(samples);
            _position += count;
            return count;
        }
    }
}
