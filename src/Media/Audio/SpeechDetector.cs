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

    private readonly int sampleRate;
    private readonly int frameLength;
    private readonly double[] first = new double[FirstFrames];
    private readonly double[] floors = new double[FloorParts];
    private double energy;
    private int framed;
    private int frames;
    private int speechFrames;
    private int lastSpeechFrame;
    private int run;

    /// <summary>A detector for one recording.</summary>
    /// <param name="sampleRate">In Hz.</param>
    public SpeechDetector(int sampleRate)
    {
        this.sampleRate = sampleRate;
        frameLength = sampleRate / 50;
        Array.Fill(floors, double.MaxValue);
    }

    /// <summary>Samples seen so far.</summary>
    public long Samples { get; private set; }

    /// <summary>How long what was seen plays.</summary>
    public TimeSpan Position => TimeSpan.FromSeconds((double)Samples / sampleRate);

    /// <summary>How much of it was speech.</summary>
    public TimeSpan Speech => TimeSpan.FromMilliseconds(speechFrames * 20);

    /// <summary>Where the last speech ended; zero when there was none.</summary>
    public TimeSpan SpeechEnd => TimeSpan.FromMilliseconds(lastSpeechFrame * 20);

    /// <summary>True when something was said.</summary>
    public bool ContainsSpeech => Speech >= ShortestSpeech;

    /// <summary>Takes the next samples.</summary>
    public void Add(ReadOnlySpan<short> samples)
    {
        Samples += samples.Length;
        foreach (var sample in samples)
        {
            energy += (double)sample * sample;
            if (++framed < frameLength)
                continue;
            Frame(10 * Math.Log10(energy / frameLength / (32768.0 * 32768) + 1e-12));
            energy = 0;
            framed = 0;
        }
    }

    private void Frame(double level)
    {
        var part = (int)(frames / PartFrames);
        if (frames == 0 || part != (int)((frames - 1) / PartFrames))
            floors[part % FloorParts] = double.MaxValue;
        floors[part % FloorParts] = Math.Min(floors[part % FloorParts], level);
        if (frames < FirstFrames)
            first[frames] = level;
        frames++;
        Judge(level, frames <= FirstFrames ? FirstFloor : Floor());
        if (frames == FirstFrames)
            JudgeFirstAgain();
    }

    private double Floor() => Math.Min(floors.Min(), LoudestFloor);

    // One loud frame alone is a click; from the second in a row on, both count.
    private void Judge(double level, double floor)
    {
        if (level < QuietestSpeech || level < floor + AboveFloor)
        {
            run = 0;
            return;
        }
        run++;
        if (run < 2)
            return;
        speechFrames += run == 2 ? 2 : 1;
        lastSpeechFrame = frames;
    }

    // What is as loud all through the first half second is noise.
    private void JudgeFirstAgain()
    {
        if (speechFrames == 0 || first.Max() - first.Min() >= AboveFloor)
            return;
        speechFrames = 0;
        lastSpeechFrame = 0;
        run = 0;
    }
}
