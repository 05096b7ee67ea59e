using System.Runtime.Intrinsics;
using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Audio;

/// <summary>
/// Hears the keys of a telephone in the sound itself (ITU-T Q.23), for calls whose other side sends no telephone-events. With the limits of
/// Q.24: a tone of 40 ms is a key and one of 20 ms is not; both frequencies may be off by 1.5 % but not by 3.5 %; the high one may be 8 dB
/// weaker or 4 dB stronger than the low one. A key counts once, however long it is held, and whatever is lost in the middle of it.
/// </summary>
/// <remarks>
/// Each 5 ms the last 20 ms are looked at through a Hann window by eight filters of Goertzel's. Their outputs tell how loud the eight tones
/// are, and how far each turned since the last look tells its frequency more exactly than any filter so short.
/// </remarks>
public sealed class DtmfDetector : IPcmSink
{
    private const string Keys = "123A456B789C*0#D";

    // Below this amplitude a tone is cross-talk: -40 dB of full scale, where Q.24 asks for about -32.
    private const double SmallestAmplitude = 330;

    // What is allowed is 8 and 4 dB; the margin is that of the measurement.
    private const double MostTwist = 9.5;
    private const double MostReverseTwist = 5.5;

    // Half-way between what must be taken and what must not.
    private const double MostDeviation = 0.025;

    // The share of all power that the two tones have: a voice has more tones than two.
    private const double LeastShare = 0.7;

    // By how much the second strongest tone of each group has to be weaker, as a power: 6 dB.
    private const double LeastLead = 4;

    // 40 ms make at least six good looks, 20 ms at most three.
    private const int LooksOfKey = 5;

    // What a lost packet and its concealment spoil at most.
    private const int MostSpoilt = 9;

    // This much weaker than the key (12 dB) is the pause after it; two looks of that end it.
    private const double Pause = 1 / 16.0;
    private const int LooksOfPause = 2;

    private readonly Action<char> _pressed;
    private readonly int _hop;
    private readonly DtmfFilters _filters;
    private readonly float[] _samples;
    private readonly double _rate;
    private int _filled;
    private Vector256<float> _real;
    private Vector256<float> _imaginary;
    private char? _key;
    private int _looks;
    private int _spoilt;
    private int _quiet;
    private double _level;

    /// <summary>A detector for one stream.</summary>
    /// <param name="sampleRate">In Hz.</param>
    /// <param name="pressed">Called with each key, once, while it still sounds.</param>
    public DtmfDetector(int sampleRate, Action<char> pressed)
    {
        _pressed = pressed;
        _rate = sampleRate;
        _filters = DtmfFilters.For(sampleRate);
        _samples = new float[_filters.Length];
        _hop = _samples.Length / DtmfFilters.Parts;
    }

    /// <inheritdoc/>
    public bool Write(ReadOnlySpan<short> samples)
    {
        while (!samples.IsEmpty)
        {
            var count = Math.Min(samples.Length, _samples.Length - _filled);
            for (var i = 0; i < count; i++)
                _samples[_filled + i] = samples[i];
            _filled += count;
            samples = samples[count..];
            if (_filled < _samples.Length)
                break;
            Look();
            _samples.AsSpan(_hop).CopyTo(_samples);
            _filled -= _hop;
        }
        return true;
    }

    private void Look()
    {
        var (before, beforeImaginary) = (_real, _imaginary);
        var power = _filters.Apply(_samples, out _real, out _imaginary);
        Judge(KeyOf(power, before, beforeImaginary), power);
    }

    private char? KeyOf(double power, Vector256<float> before, Vector256<float> beforeImaginary)
    {
        var magnitudes = _real * _real + _imaginary * _imaginary;
        if (Strongest(magnitudes, 0) is not { } row || Strongest(magnitudes, 4) is not { } column)
            return null;
        if (Tone(row, before, beforeImaginary) is not { } low || Tone(column, before, beforeImaginary) is not { } high)
            return null;
        var twist = 10 * Math.Log10(low / high);
        if (twist is > MostTwist or < -MostReverseTwist || Math.Min(low, high) < SmallestAmplitude * SmallestAmplitude)
            return null;
        return (low + high) / 2 * _filters.WindowPower < LeastShare * power ? null : Keys[row * 4 + column - 4];
    }

    // Of the four tones of a group, the one that stands out; null when none does.
    private static int? Strongest(Vector256<float> magnitudes, int first)
    {
        var best = first;
        for (var i = first + 1; i < first + 4; i++)
        {
            if (magnitudes[i] > magnitudes[best])
                best = i;
        }
        for (var i = first; i < first + 4; i++)
        {
            if (i != best && magnitudes[i] * LeastLead > magnitudes[best])
                return null;
        }
        return best;
    }

    // The square of a tone's amplitude; null when its frequency is too far off.
    private double? Tone(int index, Vector256<float> before, Vector256<float> beforeImaginary)
    {
        var turned = Math.Atan2(_imaginary[index], _real[index]) - Math.Atan2(beforeImaginary[index], before[index]);
        var deviation = Math.IEEERemainder(turned - 2 * Math.PI * DtmfFilters.Frequencies[index] * _hop / _rate, 2 * Math.PI) / (2 * Math.PI * _hop) * _rate;
        if (!(Math.Abs(deviation) < MostDeviation * DtmfFilters.Frequencies[index]))
            return null;
        // Beside the middle of the filter a tone comes out weaker, by the transform of the window.
        var off = deviation / _rate * _samples.Length;
        var response = Math.Abs(off) < 1e-6 ? 1 : Math.Sin(Math.PI * off) / (Math.PI * off) / (1 - off * off);
        var magnitude = (double)_real[index] * _real[index] + (double)_imaginary[index] * _imaginary[index];
        return 4 * magnitude / (_filters.WindowSum * _filters.WindowSum) / (response * response);
    }

    private void Judge(char? key, double power)
    {
        if (key is null)
        {
            _quiet = power < _level * Pause ? _quiet + 1 : 0;
            if (++_spoilt > MostSpoilt || _quiet >= LooksOfPause)
                (_key, _looks, _level) = (null, 0, 0);
            return;
        }
        if (key != _key)
            (_key, _looks, _level) = (key, 0, 0);
        (_spoilt, _quiet) = (0, 0);
        _level = Math.Max(_level, power);
        if (++_looks == LooksOfKey)
            _pressed(key.Value);
    }
}
