using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Loudness;

/// <summary>To what loudness sound is brought.</summary>
/// <param name="Loudness">In LUFS; a mono recording counts as one channel.</param>
/// <param name="Peak">The highest true peak, in dBTP.</param>
public sealed record LevellingTarget(double Loudness, double Peak = LevellingTarget.UsualPeak)
{
    /// <summary>EBU R 128: -1 dBTP; one more for the codecs of phones, whose output may exceed their input.</summary>
    public const double UsualPeak = -2;
}

/// <summary>Brings clips to a loudness.</summary>
public static class Levelling
{
    // What is lifted by more than this is mostly the noise of its line.
    private const double MostGain = 20;

    /// <summary>The clip at the wanted loudness. Peaks that would be too high are turned down for a moment, softly, not cut. A clip so soft or
    /// short that it has no loudness stays as it is.</summary>
    public static AudioClip Level(this AudioClip clip, LevellingTarget target)
    {
        var meter = new LoudnessMeter(clip.SampleRate);
        meter.Add(clip.Samples.Span);
        if (!double.IsFinite(meter.Integrated))
            return clip;
        var gain = Math.Min(target.Loudness - meter.Integrated, MostGain);
        return new AudioClip(PeakLimiter.Apply(clip.Samples.Span, clip.SampleRate, gain, target.Peak), clip.SampleRate);
    }
}
