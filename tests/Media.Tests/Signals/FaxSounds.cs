using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Tests.Signals;

/// <summary>What fax machines sound like.</summary>
internal static class FaxSounds
{
    /// <summary>The calling tone, some times, behind silence.</summary>
    public static AudioClip Calling(double frequency, double on, double off, int times) => AudioClip.Join(
        [
            AudioClip.Silence(TimeSpan.FromSeconds(0.7)),
            .. Enumerable.Range(0, times).SelectMany(_ => new[] { Tones.Tone(on, 0.2, frequency), AudioClip.Silence(TimeSpan.FromSeconds(off)) }),
        ]);

    /// <summary>The answering tone; <paramref name="turns"/> says whether its phase turns each 450 ms (ITU-T V.8, V.25).</summary>
    public static AudioClip Answering(double frequency, bool turns = false)
    {
        var samples = new short[8000 * 3];
        for (var i = 0; i < samples.Length; i++)
        {
            var turn = turns && i / 3600 % 2 == 1 ? Math.PI : 0;
            samples[i] = (short)(6000 * Math.Sin(2 * Math.PI * frequency * i / 8000 + turn));
        }
        return new AudioClip(samples, 8000);
    }
}
