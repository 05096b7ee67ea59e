namespace UnifiedMsg.Media.Codecs;

/// <summary>
/// The filter of 24 coefficients that parts the two bands of G.722 and joins them again (ITU-T G.722 §3.1, §4.4), as its two halves of
/// twelve, each of which sees every second sample.
/// </summary>
internal sealed class QuadratureMirrorFilter
{
    private const int Taps = 12;

    // Each value stands twice, one length apart, so that the last twelve always lie in one piece.
    private readonly int[] _even = new int[2 * Taps];
    private readonly int[] _odd = new int[2 * Taps];
    private int _oldest;

    /// <summary>Takes the next sample of each half.</summary>
    public void Push(int even, int odd)
    {
        _even[_oldest] = _even[_oldest + Taps] = even;
        _odd[_oldest] = _odd[_oldest + Taps] = odd;
        if (++_oldest == Taps)
            _oldest = 0;
    }

    /// <summary>The outputs of both halves.</summary>
    public (int Odd, int Even) Outputs()
    {
        var coefficients = G722Tables.Qmf;
        var even = _even.AsSpan(_oldest, Taps);
        var odd = _odd.AsSpan(_oldest, Taps);
        int sumOfOdd = 0, sumOfEven = 0;
        for (var tap = 0; tap < Taps; tap++)
        {
            sumOfEven += even[tap] * coefficients[tap];
            sumOfOdd += odd[tap] * coefficients[Taps - 1 - tap];
        }
        return (sumOfOdd, sumOfEven);
    }
}
