using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Player;

/// <summary>Several sources at once, such as words over music. It ends with the last of them.</summary>
public sealed class MixedSource : IAudioSource
{
    private readonly List<(IAudioSource Source, float Gain)> _sources;
    private float[] _sum = [];
    private short[] _one = [];

    /// <summary>Mixes sources, each with a gain in dB.</summary>
    /// <exception cref="ArgumentException">There is none, or their rates differ.</exception>
    public MixedSource(params IReadOnlyList<(IAudioSource Source, double Gain)> sources)
    {
        if (sources.Count == 0 || sources.Any(each => each.Source.SampleRate != sources[0].Source.SampleRate))
            throw new ArgumentException("Sources of one rate are needed", nameof(sources));
        SampleRate = sources[0].Source.SampleRate;
        _sources = [.. sources.Select(each => (each.Source, (float)Math.Pow(10, each.Gain / 20)))];
    }

    /// <inheritdoc/>
    public int SampleRate { get; }

    /// <inheritdoc/>
    public int Read(Span<short> samples)
    {
        if (_sum.Length < samples.Length)
            (_sum, _one) = (new float[samples.Length], new short[samples.Length]);
        Array.Clear(_sum);
        var longest = 0;
        for (var i = _sources.Count - 1; i >= 0; i--)
        {
            var (source, gain) = _sources[i];
            var read = source.Read(_one.AsSpan(0, samples.Length));
            for (var at = 0; at < read; at++)
                _sum[at] += gain * _one[at];
            longest = Math.Max(longest, read);
            if (read < samples.Length)
                _sources.RemoveAt(i);
        }
        for (var at = 0; at < longest; at++)
            samples[at] = (short)Math.Clamp(MathF.Round(_sum[at]), short.MinValue, short.MaxValue);
        return longest;
    }
}
