using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace UnifiedMsg.Media.Audio;

/// <summary>
/// Tells speech from silence and from noise: in each of eight bands by how far it rises above the noise there, so that a humming line, a
/// car or a fan does not count, however loud. Frames of 20 ms.
/// </summary>
public sealed class SpeechDetector
{
    // Below this nothing counts, whatever the noise: a quiet handset lies under it. Mean power, -46 dB.
    private const float QuietestSpeech = 2.5e-5f;

    // How far the bands rise above the noise, in dB, root mean square: noise itself comes to 3, words to 8 and more.
    private const float AboveNoise = 3.7f;

    // More than this in one band says no more.
    private const float MostOfBand = 25;

    // One loud frame alone is a click; from the third in a row on, all of them count.
    private const int ShortestRun = 3;

    // Soft ends of words and the closures of p, t and k are speech too.
    private const int HangoverFrames = 8;

    // At the beginning nobody knows the noise yet: the first half second is judged again when it is over.
    private const int FirstFrames = 25;

    // What twice the power is in dB.
    private const float Decibels = 3.0103f;

    // Less than this in all is a click or a cough of the line, not a message.
    private static readonly TimeSpan ShortestSpeech = TimeSpan.FromMilliseconds(160);

    private readonly int _sampleRate;
    private readonly int _frameLength;
    private BandPowers _powers;
    private NoiseFloor _noise;
    private readonly (Vector256<float> Powers, float Power)[] _first = new (Vector256<float>, float)[FirstFrames];
    private float _energy;
    private int _framed;
    private int _frames;
    private int _speechFrames;
    private int _lastSpeechFrame;
    private int _run;
    private int _waiting;
    private int _hangover;

    /// <summary>A detector for one recording.</summary>
    /// <param name="sampleRate">In Hz.</param>
    public SpeechDetector(int sampleRate)
    {
        _sampleRate = sampleRate;
        _frameLength = sampleRate / 50;
        _powers = new BandPowers(BandFilters.Of(sampleRate));
    }

    /// <summary>Samples seen so far.</summary>
    public long Samples { get; private set; }

    /// <summary>How long what was seen plays.</summary>
    public TimeSpan Position => TimeSpan.FromSeconds((double)Samples / _sampleRate);

    /// <summary>How much of it was speech, with the moment after each word.</summary>
    public TimeSpan Speech => TimeSpan.FromMilliseconds(_speechFrames * 20);

    /// <summary>Where the last speech ended; zero when there was none.</summary>
    public TimeSpan SpeechEnd => TimeSpan.FromMilliseconds(_lastSpeechFrame * 20);

    /// <summary>True when something was said.</summary>
    public bool ContainsSpeech => Speech >= ShortestSpeech;

    /// <summary>True while somebody speaks, and the moment after.</summary>
    public bool IsSpeaking => _run >= ShortestRun || _hangover > 0;

    /// <summary>True once the noise is known well enough that what was judged is not judged again.</summary>
    public bool IsSettled => _frames >= FirstFrames;

    /// <summary>Takes the next samples.</summary>
    public void Add(ReadOnlySpan<short> samples)
    {
        Samples += samples.Length;
        while (!samples.IsEmpty)
        {
            var part = samples[..Math.Min(samples.Length, _frameLength - _framed)];
            _powers.Add(part);
            _energy += Energy(part);
            _framed += part.Length;
            samples = samples[part.Length..];
            if (_framed == _frameLength)
                Frame();
        }
    }

    private void Frame()
    {
        var powers = _powers.Take(_frameLength);
        var power = _energy / (32768f * 32768f) / _frameLength;
        (_energy, _framed) = (0, 0);
        _noise.Add(powers, IsSpeaking || _run > 0);
        if (_frames < FirstFrames)
            _first[_frames] = (powers, power);
        Judge(powers, power);
        if (_frames == FirstFrames)
            JudgeFirstAgain();
    }

    private void JudgeFirstAgain()
    {
        (_frames, _speechFrames, _lastSpeechFrame, _run, _waiting, _hangover) = (0, 0, 0, 0, 0, 0);
        foreach (var (powers, power) in _first)
            Judge(powers, power);
    }

    private void Judge(Vector256<float> powers, float power)
    {
        _frames++;
        if (power >= QuietestSpeech && Rise(powers) >= AboveNoise)
        {
            if (++_run >= ShortestRun)
                Count();
            else if (!HangsOver())
                _waiting++;
        }
        else
        {
            _run = 0;
            _waiting = 0;
            HangsOver();
        }
    }

    private void Count()
    {
        _speechFrames += 1 + _waiting;
        _waiting = 0;
        _lastSpeechFrame = _frames;
        _hangover = HangoverFrames;
    }

    private bool HangsOver()
    {
        if (_hangover == 0)
            return false;
        _hangover--;
        _speechFrames++;
        return true;
    }

    private float Rise(Vector256<float> powers)
    {
        var rise = Vector256.Clamp(
            Decibels * Vector256.Log2(powers / _noise.Powers + Vector256.Create(1e-9f)), Vector256<float>.Zero, Vector256.Create(MostOfBand));
        return MathF.Sqrt(Vector256.Sum(rise * rise) / BandFilters.Count);
    }

    private static float Energy(ReadOnlySpan<short> samples)
    {
        var sums = Vector256<float>.Zero;
        var vectors = MemoryMarshal.Cast<short, Vector256<short>>(samples);
        foreach (var vector in vectors)
        {
            var (lower, upper) = Vector256.Widen(vector);
            var (first, second) = (Vector256.ConvertToSingle(lower), Vector256.ConvertToSingle(upper));
            sums = Vector256.FusedMultiplyAdd(first, first, Vector256.FusedMultiplyAdd(second, second, sums));
        }
        var sum = Vector256.Sum(sums);
        foreach (var sample in samples[(vectors.Length * Vector256<short>.Count)..])
            sum += (float)sample * sample;
        return sum;
    }
}
