using System.Runtime.Intrinsics;

namespace UnifiedMsg.Media.Audio;

/// <summary>
/// The power of sound in the bands of <see cref="BandFilters"/>, which a vector holds side by side. A value, so that it lies in whoever
/// listens: thousands of calls do so in turns, and each place in memory that one of them needs has left the cache by then.
/// </summary>
internal struct BandPowers(BandFilters filters)
{
    // Far below any sound: without it the filters would fade, in the perfect silence of a digital line, into numbers so small that
    // a processor takes a hundred times as long for each.
    private static readonly Vector256<float> Floor = Vector256.Create(1e-15f);

    private Vector256<float> _output1;
    private Vector256<float> _output2;
    private Vector256<float> _sum;
    private int _input1;
    private int _input2;

    /// <summary>Takes samples.</summary>
    public void Add(ReadOnlySpan<short> samples)
    {
        // y0 = g (x0 - x2) + f1 y1 + f2 y2: in this form one multiplication alone waits for the sample before.
        var (gain, feedback1, feedback2) = (filters.Gain, filters.Feedback1, filters.Feedback2);
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
