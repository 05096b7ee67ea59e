namespace UnifiedMsg.Media.Audio;

/// <summary>Signals that callers know by ear.</summary>
public static class Tones
{
    private const int SampleRate = 8000;

    // 5 ms: short enough not to be heard, long enough not to click.
    private const int Ramp = SampleRate / 200;

    /// <summary>The tone after which to speak: 1000 Hz, 400 ms.</summary>
    public static AudioClip Record { get; } = Tone(0.4, 0.35, 1000);

    /// <summary>The busy signal as most of Europe knows it: 425 Hz, half a second on and off, three times (ITU-T E.180).</summary>
    public static AudioClip Busy { get; } = Cadence(0.5, 0.5, 3);

    /// <summary>A tone of one or more frequencies, without clicks at its ends.</summary>
    /// <param name="seconds">How long.</param>
    /// <param name="amplitude">Of all frequencies together, 0 to 1.</param>
    /// <param name="frequencies">In Hz, below 4000.</param>
    public static AudioClip Tone(double seconds, double amplitude, params ReadOnlySpan<double> frequencies)
    {
        var samples = new short[(int)(seconds * SampleRate)];
        for (var i = 0; i < samples.Length; i++)
        {
            var value = 0.0;
            foreach (var frequency in frequencies)
                value += Math.Sin(2 * Math.PI * frequency * i / SampleRate);
            var edge = Math.Min(1.0, Math.Min(i, samples.Length - 1 - i) / (double)Ramp);
            samples[i] = (short)(value / frequencies.Length * amplitude * edge * short.MaxValue);
        }
        return new AudioClip(samples, SampleRate);
    }

    private static AudioClip Cadence(double on, double off, int times) => AudioClip.Join(
        [.. Enumerable.Range(0, times).SelectMany(_ => new[] { Tone(on, 0.3, 425), AudioClip.Silence(TimeSpan.FromSeconds(off)) })]);
}
