namespace UnifiedMsg.Media.Audio;

/// <summary>
/// Tells speech from silence by energy: a frame is speech when it is well above the noise floor, which is the quietest moment of the last
/// two seconds, so that a humming line or a car does not count. Frames of 20 ms.
/// </summary>
public sealed class SpeechDetector
{
    // Below this nothing counts, whatever the floor: the noise of G.711 itself and of a quiet handset lies under it.
    private const double QuietestSpeech = -45;

    // Speech swings by 20 dB and more between syllables, steady noise by less than 6.
    private const double AboveFloor = 9;

    // A floor above this is no noise but a talker who has not drawn breath for two seconds.
    private const double LoudestFloor = -30;

    // At the beginning nobody knows the floor yet: it is taken for low, and the first half second is judged again when it is over.
    private const double FirstFloor = -60;
    private const int FirstFrames = 25;

    // The floor is the minimum over eight parts of 250 ms.
    private const int FloorParts = 8;
    private const double PartFrames = 12.5;

    // Less than this in all is a click or a cough of the line, not a message.
    private static readonly TimeSpan ShortestSpeech = TimeSpan.FromMilliseconds(160);

    private readonly int _sampleRate;
    private readonly int _frameLength;
    private readonly double[] _first = new double[FirstFrames];
    private readonly double[] _floors = new double[FloorParts];
    private double _energy;
    private int _framed;
    private int _frames;
    private int _speechFrames;
    private int _lastSpeechFrame;
    private int _run;

    /// <summary>A detector for one recording.</summary>
    /// <param name="sampleRate">In Hz.</param>
    public SpeechDetector(int sampleRate)
    {
        _sampleRate = sampleRate;
        _frameLength = sampleRate / 50;
        Array.Fill(_floors, double.MaxValue);
    }

    /// <summary>Samples seen so far.</summary>
    public long Samples { get; private set; }

    /// <summary>How long what was seen plays.</summary>
    public TimeSpan Position => TimeSpan.FromSeconds((double)Samples / _sampleRate);

    /// <summary>How much of it was speech.</summary>
    public TimeSpan Speech => TimeSpan.FromMilliseconds(_speechFrames * 20);

    /// <summary>Where the last speech ended; zero when there was none.</summary>
    public TimeSpan SpeechEnd => TimeSpan.FromMilliseconds(_lastSpeechFrame * 20);

    /// <summary>True when something was said.</summary>
    public bool ContainsSpeech => Speech >= ShortestSpeech;

    /// <summary>Takes the next samples.</summary>
    public void Add(ReadOnlySpan<short> samples)
    {
        Samples += samples.Length;
        foreach (var sample in samples)
        {
            _energy += (double)sample * sample;
            if (++_framed < _frameLength)
                continue;
            Frame(10 * Math.Log10(_energy / _frameLength / (32768.0 * 32768) + 1e-12));
            _energy = 0;
            _framed = 0;
        }
    }

    private void Frame(double level)
    {
        var part = (int)(_frames / PartFrames);
        if (_frames == 0 || part != (int)((_frames - 1) / PartFrames))
            _floors[part % FloorParts] = double.MaxValue;
        _floors[part % FloorParts] = Math.Min(_floors[part % FloorParts], level);
        if (_frames < FirstFrames)
            _first[_frames] = level;
        _frames++;
        Judge(level, _frames <= FirstFrames ? FirstFloor : Floor());
        if (_frames == FirstFrames)
            JudgeFirstAgain();
    }

    private double Floor() => Math.Min(_floors.Min(), LoudestFloor);

    // One loud frame alone is a click; from the second in a row on, both count.
    private void Judge(double level, double floor)
    {
        if (level < QuietestSpeech || level < floor + AboveFloor)
        {
            _run = 0;
            return;
        }
        _run++;
        if (_run < 2)
            return;
        _speechFrames += _run == 2 ? 2 : 1;
        _lastSpeechFrame = _frames;
    }

    // What is as loud all through the first half second is noise.
    private void JudgeFirstAgain()
    {
        if (_speechFrames == 0 || _first.Max() - _first.Min() >= AboveFloor)
            return;
        _speechFrames = 0;
        _lastSpeechFrame = 0;
        _run = 0;
    }
}
