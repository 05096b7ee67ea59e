using System.Collections.Concurrent;
using System.Runtime.Intrinsics;

namespace UnifiedMsg.Media.Audio;

/// <summary>Eight filters of second order, which tell eight bands from 100 to 3600 Hz apart; all that listen at one rate share them.</summary>
internal sealed class BandFilters
{
    /// <summary>How many bands there are.</summary>
    public const int Count = 8;

    private static readonly double[] Edges = [100, 300, 500, 700, 1000, 1400, 1900, 2600, 3600];
    private static readonly ConcurrentDictionary<int, BandFilters> OfRates = new();

    private BandFilters(int sampleRate)
    {
        Span<float> gain = stackalloc float[Count], feedback1 = stackalloc float[Count], feedback2 = stackalloc float[Count];
        for (var band = 0; band < Count; band++)
        {
            // A band-pass of gain 1 at its middle, by the bilinear transform.
            var middle = 2 * Math.PI * Math.Sqrt(Edges[band] * Edges[band + 1]) / sampleRate;
            var width = Math.Tan(Math.PI * (Edges[band + 1] - Edges[band]) / sampleRate);
            gain[band] = (float)(width / (1 + width) / 32768);
            feedback1[band] = (float)(2 * Math.Cos(middle) / (1 + width));
            feedback2[band] = (float)((width - 1) / (1 + width));
        }
        (Gain, Feedback1, Feedback2) = (Vector256.Create<float>(gain), Vector256.Create<float>(feedback1), Vector256.Create<float>(feedback2));
    }

    /// <summary>What the input counts.</summary>
    public Vector256<float> Gain { get; }

    /// <summary>What the output before counts.</summary>
    public Vector256<float> Feedback1 { get; }

    /// <summary>What the output before that counts.</summary>
    public Vector256<float> Feedback2 { get; }

    /// <summary>The filters for sound of a rate, in Hz.</summary>
    public static BandFilters Of(int sampleRate) => OfRates.GetOrAdd(sampleRate, static rate => new BandFilters(rate));
}
