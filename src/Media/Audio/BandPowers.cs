using System.Runtime.Intrinsics;

namespace UnifiedMsg.Media.Audio;

/// <summary>The power of sound in eight bands from 100 to 3600 Hz: eight filters of second order, which a vector holds side by side.</summary>
internal sealed class BandPowers
{
    /// <summary>How many bands there are.</summary>
    public const int Count = 8;

    private static readonly double[] Edges = [100, 300, 500, 700, 1000, 1400, 1900, 2600, 3600];

    // Far below any sound: without it the filters would fade, in the perfect silence of a digital line, into numbers so small that
    // a processor takes a hundred times as long for each.
    private static readonly Vector256<float> Floor = Vector256.Create(1e-15f);

    private readonly Vector256<float> _gain;
    private readonly Vector256<float> _feedback1;
    private readonly Vector256<float> _feedback2;
    private Vector256<float> _output1;
    private Vector256<float> _output2;
    private Vector256<float> _sum;
    private int _input1;
    private int _input2;

    public BandPowers(int sampleRate)
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
        (_gain, _feedback1, _feedback2) = (Vector256.Create<float>(gain), Vector256.Create<float>(feedback1), Vector256.Create<float>(feedback2));
    }

    /// <summary>Takes samples.</summary>
    public void Add(ReadOnlySpan<short> samples)
    {
        // y0 = g (x0 - x2) + f1 y1 + f2 y2: in this form one multiplication alone waits for the sample before.
        var (gain, feedback1, feedback2) = (_gain, _feedback1, _feedback2);
        var (output1, output2, sum) = (_output1, _output2, _sum);
        var (input1, input2) = (_input1, _input2);
        foreach (var sample in samples)
        {
            var driven = Vector256.FusedMultiplyAdd(
                feedback2, output2, Vector256.FusedMultiplyAdd(gain, Vector256.Create((float)(sample - input2)), Floor));
            (input2, input1) = (input1, sample);
            (output2, output1) = (output1, Vector256.FusedMultiplyAdd(feedback1, output1, driven));
            sum = Vector256.FusedMultiplyAdd(output1, output1, sum);
        }
        (_output1, _output2, _sum) = (output1, output2, sum);
        (_input1, _input2) = (input1, input2);
    }

    /// <summary>Gives the mean power of what was added since the last call, each band for itself.</summary>
    /// <param name="samples">How many samples that was.</param>
    public Vector256<float> Take(int samples)
    {
        var powers = _sum / samples;
        _sum = Vector256<float>.Zero;
        return powers;
    }
}
