using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Signals;

/// <summary>What is heard in a window of 30 ms.</summary>
/// <param name="Bands">The bands that it consists of, a bit each; 0 when it is no tone.</param>
/// <param name="Energy">Its mean power, where 1 is that of a square wave at full scale.</param>
internal readonly record struct HeardWindow(uint Bands, float Energy);

/// <summary>Cuts sound into windows of 30 ms, a new one each 10 ms, and tells of each which of some tones it is.</summary>
internal sealed class ToneListener
{
    /// <summary>The time from one window to the next, in ms.</summary>
    public const int Hop = 10;

    // A tone may be off its frequency and have noise 10 dB below it and still gives more than this of the energy of its window. A
    // voice whose one harmonic comes near it does so for a moment only.
    private const float Share = 0.72f;

    // 40 dB below the level at which networks send tones nobody hears one.
    private const float Quietest = 1e-5f;

    private readonly IReadOnlyList<ToneBand> _bands;
    private readonly Action<HeardWindow> _heard;
    private readonly float[] _window;
    private readonly int _hop;
    private int _filled;

    /// <param name="bands">At most 32.</param>
    /// <param name="sampleRate">In Hz.</param>
    /// <param name="heard">Gets each window, on the thread that adds the samples.</param>
    public ToneListener(IReadOnlyList<ToneBand> bands, int sampleRate, Action<HeardWindow> heard)
    {
        (_bands, _heard) = (bands, heard);
        _window = new float[WindowLength(sampleRate)];
        _hop = sampleRate * Hop / 1000;
        // The first window has silence before the first samples.
        _filled = _window.Length - _hop;
    }

    public static int WindowLength(int sampleRate) => sampleRate * 3 * Hop / 1000;

    public void Add(ReadOnlySpan<short> samples)
    {
        foreach (var sample in samples)
        {
            _window[_filled++] = sample / 32768f;
            if (_filled < _window.Length)
                continue;
            _heard(Hear());
            _window.AsSpan(_hop).CopyTo(_window);
            _filled -= _hop;
        }
    }

    private HeardWindow Hear()
    {
        var energy = DotProduct.Of(_window, _window);
        var power = energy / _window.Length;
        if (power < Quietest)
            return new HeardWindow(0, power);
        var bands = 0u;
        for (var i = 0; i < _bands.Count; i++)
        {
            if (_bands[i].Energy(_window) >= Share * energy)
                bands |= 1u << i;
        }
        return new HeardWindow(bands, power);
    }
}
