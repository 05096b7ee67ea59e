namespace UnifiedMsg.Media.Audio;

/// <summary>Steady tones. The signals of the telephone network are in <see cref="Signals.CountryTones"/>.</summary>
public static class Tones
{
    private const int SampleRate = 8000;

    // 5 ms: short enough not to be heard, long enough not to click.
    private const int Ramp = SampleRate / 200;

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
}
