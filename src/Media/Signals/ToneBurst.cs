namespace UnifiedMsg.Media.Signals;

/// <summary>One sound of a signal and the pause behind it.</summary>
/// <param name="Frequencies">Sounding together, in Hz.</param>
/// <param name="Modulation">How often the sound swells, in Hz; 0 when it is steady.</param>
/// <param name="On">How long it sounds, in ms; 0 without end.</param>
/// <param name="Off">The pause behind it, in ms.</param>
public sealed record ToneBurst(IReadOnlyList<double> Frequencies, double Modulation, int On, int Off)
{
    /// <summary>How deep a modulated sound swells: from 1 down to 1 - 0.9 over 1 + 0.9.</summary>
    internal const double Depth = 0.9;

    /// <summary>The lines of its spectrum, in Hz: a modulated tone has one at either side.</summary>
    internal IReadOnlyList<double> Lines => Modulation == 0
        ? Frequencies
        : [.. Frequencies.SelectMany(frequency => new[] { frequency - Modulation, frequency, frequency + Modulation })];
}
