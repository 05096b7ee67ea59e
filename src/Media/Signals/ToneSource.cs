using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Signals;

/// <summary>Plays a signal, each sound of it without clicks at its ends.</summary>
internal sealed class ToneSource(ToneSignal signal, int sampleRate, TimeSpan? duration) : IAudioSource
{
    // 5 ms: short enough not to be heard, long enough not to click.
    private readonly int _ramp = sampleRate / 200;
    private readonly long _length = duration is { } limit ? (long)(limit.TotalSeconds * sampleRate) : long.MaxValue;
    private long _position;
    private int _burst;
    private long _burstStart;

    public int SampleRate => sampleRate;

    public int Read(Span<short> samples)
    {
        var count = (int)Math.Min(samples.Length, _length - _position);
        for (var i = 0; i < count; i++, _position++)
            samples[i] = Next();
        return count;
    }

    private short Next()
    {
        var burst = signal.Bursts[_burst];
        while (burst.On > 0 && _position - _burstStart >= Samples(burst.On + burst.Off))
        {
            _burstStart += Samples(burst.On + burst.Off);
            _burst = (_burst + 1) % signal.Bursts.Count;
            burst = signal.Bursts[_burst];
        }
        var at = _position - _burstStart;
        var end = burst.On > 0 ? Math.Min(Samples(burst.On), _length - _burstStart) : _length - _burstStart;
        if (at >= end)
            return 0;
        var edge = Math.Min(1.0, Math.Min(at, end - 1 - at) / (double)_ramp);
        return (short)Math.Round(Value(burst, at) * signal.Amplitude(burst) * edge * short.MaxValue);
    }

    private double Value(ToneBurst burst, long at)
    {
        var value = 0.0;
        foreach (var frequency in burst.Frequencies)
            value += Math.Sin(2 * Math.PI * (frequency * at % sampleRate) / sampleRate);
        if (burst.Modulation > 0)
            value *= (1 + ToneBurst.Depth * Math.Sin(2 * Math.PI * (burst.Modulation * at % sampleRate) / sampleRate)) / (1 + ToneBurst.Depth);
        return value;
    }

    private long Samples(int milliseconds) => (long)milliseconds * sampleRate / 1000;
}
