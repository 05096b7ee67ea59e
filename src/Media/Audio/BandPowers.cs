using System.Runtime.Intrinsics;

namespace UnifiedMsg.Media.Audio;

/// <summary>The power of sound in eight bands from 100 to 3600 Hz: eight filters of second order, which a vector holds side by side.</summary>
internal sealed class BandPowers
{
    /// <summary>How many bands there are.</summary>
    public const int Count = 8;

    private static readonly double[] Edges = [100, 300, 500, 700, 1000, 1400, 1900, 2600, 3600];

    private readonly Vector256<float> _gain;
    private readonly Vector256<float> _feedback1;
    private readonly Vector256<float> _feedback2;
    private Vector256<float> _state1;
    private Vector256<float> _state2;
    private Vector256<float> _sum;

    public BandPowers(int sampleRate)
    {
        Span<float> gain = stackalloc float[Count], feedback1 = stackalloc float[Count], feedback2 = stackalloc float[Count];
        for (var band = 0; band < Count; band++)
        {
            // A band-pass of gain 1 at its middle, by the bilinear transform.
            var middle = 2 * Math.PI * Math.Sqrt(Edges[band] * Edges[band + 1]) / sampleRate;
            var width = Math.Tan(Math.PI * (Edges[band + 1] - Edges[band]) / sampleRate);
            gain[band] = (float)(width / (1 + width));
            feedback1[band] = (float)(2 * Math.Cos(middle) / (1 + width));
            feedback2[band] = (float)((width - 1) / (1 + width));
        }
        (_gain, _feedback1, _feedback2) = (Vector256.Create<float>(gain), Vector256.Create<float>(feedback1), Vector256.Create<float>(feedback2));
    }

    /// <summary>Takes samples.</summary>
    public void Add(ReadOnlySpan<short> samples)
    {
        foreach (var sample in samples)
        {
            // Transposed form: y = g x + s1; s1 = f1 y + s2; s2 = f2 y - g x.
            var input = _gain * (sample / 32768f);
            var output = input + _state1;
            _state1 = _feedback1 * output + _state2;
            _state2 = _feedback2 * output - input;
            _sum += output * output;
        }
    }

    /// <summary>Gives the mean power of what was added since the last call, each band for itself.</summary>
    /// <param name="powers">Gets <see cref="Count"/> values.</param>
    /// <param name="samples">How many samples that was.</param>
    public void Take(Span<float> powers, int samples)
    {
        (_sum / samples).CopyTo(powers);
        _sum = Vector256<float>.Zero;
    }
}
