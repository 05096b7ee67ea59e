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

    // Less than this in all is a click or a cough of the line, not a message.
    private static readonly TimeSpan ShortestSpeech = TimeSpan.FromMilliseconds(160);

    private readonly int _sampleRate;
    private readonly int _frameLength;
    private readonly BandPowers _powers;
    private readonly NoiseFloor _noise = new();
    private readonly float[] _first = new float[FirstFrames * (BandPowers.Count + 1)];
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
        _powers = new BandPowers(sampleRate);
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
            foreach (var sample in part)
                _energy += sample / 32768f * (sample / 32768f);
            _framed += part.Length;
            samples = samples[part.Length..];
            if (_framed == _frameLength)
                Frame();
        }
    }

    private void Frame()
    {
        Span<float> powers = stackalloc float[BandPowers.Count];
        _powers.Take(powers, _frameLength);
        var power = _energy / _frameLength;
        (_energy, _framed) = (0, 0);
        _noise.Add(powers, IsSpeaking || _run > 0);
        if (_frames < FirstFrames)
        {
            powers.CopyTo(_first.AsSpan(_frames * (BandPowers.Count + 1)));
            _first[_frames * (BandPowers.Count + 1) + BandPowers.Count] = power;
        }
        Judge(powers, power);
        if (_frames == FirstFrames)
            JudgeFirstAgain();
    }

    private void JudgeFirstAgain()
    {
        (_frames, _speechFrames, _lastSpeechFrame, _run, _waiting, _hangover) = (0, 0, 0, 0, 0, 0);
        while (_frames < FirstFrames)
        {
            var frame = _first.AsSpan(_frames * (BandPowers.Count + 1), BandPowers.Count + 1);
            Judge(frame[..BandPowers.Count], frame[BandPowers.Count]);
        }
    }

    private void Judge(ReadOnlySpan<float> powers, float power)
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

    private float Rise(ReadOnlySpan<float> powers)
    {
        var sum = 0f;
        var noise = _noise.Powers;
        for (var band = 0; band < BandPowers.Count; band++)
        {
            var rise = Math.Clamp(10 * MathF.Log10(powers[band] / noise[band] + 1e-9f), 0, MostOfBand);
            sum += rise * rise;
        }
        return MathF.Sqrt(sum / BandPowers.Count);
    }
}
