using System.Globalization;
using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Signals;

/// <summary>A signal of the telephone network: sounds and pauses that repeat.</summary>
public sealed class ToneSignal
{
    // A sine of 0 dBm0 lies 3.14 dB below the largest of A-law (ITU-T G.711 §5).
    private const double FullScale = 3.14;

    private const double UsualLevel = -10;

    private ToneSignal(IReadOnlyList<ToneBurst> bursts, double level) => (Bursts, Level) = (bursts, level);

    /// <summary>What sounds, in turn and then again from the beginning.</summary>
    public IReadOnlyList<ToneBurst> Bursts { get; }

    /// <summary>The power of all frequencies together, in dBm0.</summary>
    public double Level { get; }

    /// <summary>True when it sounds without pause or end.</summary>
    public bool IsSteady => Bursts[0].On == 0;

    /// <summary>How long it takes to come back to its beginning; zero when it is steady.</summary>
    public TimeSpan Period => TimeSpan.FromMilliseconds(IsSteady ? 0 : Bursts.Sum(burst => burst.On + burst.Off));

    /// <summary>The amplitude of each frequency, of full scale.</summary>
    internal double Amplitude(ToneBurst burst) => Math.Pow(10, (Level - FullScale) / 20) / Math.Sqrt(burst.Frequencies.Count);

    /// <summary>A source that plays it.</summary>
    /// <param name="sampleRate">In Hz.</param>
    /// <param name="duration">How long; null without end.</param>
    public IAudioSource Open(int sampleRate, TimeSpan? duration = null) => new ToneSource(this, sampleRate, duration);

    /// <summary>So much of it as a clip.</summary>
    /// <param name="duration">How long.</param>
    /// <param name="sampleRate">In Hz.</param>
    public AudioClip ToClip(TimeSpan duration, int sampleRate = 8000)
    {
        var samples = new short[(int)(duration.TotalSeconds * sampleRate)];
        Open(sampleRate).Read(samples);
        return new AudioClip(samples, sampleRate);
    }

    /// <summary>
    /// Reads the notation of <see cref="CountryTones"/>: frequencies in Hz, <c>350+440</c> together, <c>400*25</c> swelling 25 times a
    /// second; behind them, in ms, <c>on/off</c>, any number of times; a last <c>@-21</c> is the level in dBm0.
    /// </summary>
    /// <exception cref="FormatException">It is not in that notation.</exception>
    internal static ToneSignal Parse(string notation)
    {
        var bursts = new List<ToneBurst>();
        var level = UsualLevel;
        string? sound = null;
        foreach (var word in notation.Split(' '))
        {
            if (word[0] == '@')
                level = Number(word[1..]);
            else if (word.Contains('/', StringComparison.Ordinal) && sound is not null)
                bursts.AddRange(word.Split('/').Select(int.Parse).Chunk(2).Select(times => Burst(sound, times[0], times[1])));
            else
                sound = word;
        }
        if (bursts.Count == 0)
            bursts.Add(Burst(sound ?? throw new FormatException(notation), 0, 0));
        return new ToneSignal(bursts, level);
    }

    private static ToneBurst Burst(string sound, int on, int off)
    {
        var parts = sound.Split('*');
        return new ToneBurst([.. parts[0].Split('+').Select(Number)], parts.Length > 1 ? Number(parts[1]) : 0, on, off);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
