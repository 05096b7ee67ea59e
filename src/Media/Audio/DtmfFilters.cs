using System.Collections.Concurrent;
using System.Runtime.Intrinsics;

namespace UnifiedMsg.Media.Audio;

/// <summary>
/// The eight filters of Goertzel's under a Hann window of 20 ms, each as two sums of products: the same result as that of the recursion, in
/// which each sample would wait for the one before. One set for each rate, shared by all detectors.
/// </summary>
internal sealed class DtmfFilters
{
    /// <summary>The tones of ITU-T Q.23 in Hz, the low group first.</summary>
    public static readonly double[] Frequencies = [697, 770, 852, 941, 1209, 1336, 1477, 1633];

    /// <summary>The window is of so many equal parts, whole samples each.</summary>
    public const int Parts = 4;

    private static readonly ConcurrentDictionary<int, DtmfFilters> OfRates = new();

    private readonly float[] _window;
    private readonly float[][] _cosines;
    private readonly float[][] _sines;

    private DtmfFilters(int length, int sampleRate)
    {
        _window = new float[length];
        for (var i = 0; i < length; i++)
            _window[i] = (float)(0.5 - 0.5 * Math.Cos(2 * Math.PI * (i + 0.5) / length));
        WindowSum = _window.Sum();
        WindowPower = _window.Sum(weight => weight * weight);
        _cosines = [.. Frequencies.Select(each => Wave(each / sampleRate, Math.Cos))];
        _sines = [.. Frequencies.Select(each => Wave(each / sampleRate, Math.Sin))];

        // The angle is 0 at the newest sample.
        float[] Wave(double frequency, Func<double, double> function) =>
            [.. Enumerable.Range(0, length).Select(i => (float)function(2 * Math.PI * frequency * (length - 1 - i)))];
    }

    /// <summary>Samples of the window.</summary>
    public int Length => _window.Length;

    /// <summary>The sum of the window's weights.</summary>
    public double WindowSum { get; }

    /// <summary>The sum of their squares.</summary>
    public double WindowPower { get; }

    /// <summary>Those for a rate in Hz.</summary>
    public static DtmfFilters For(int sampleRate) => OfRates.GetOrAdd(
        sampleRate, rate => new DtmfFilters(rate / 50 / Parts * Parts, rate));

    /// <summary>Looks at 20 ms.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="real">Gets how much of each tone is in phase with the newest sample.</param>
    /// <param name="imaginary">Gets how much is a quarter of a turn from it.</param>
    /// <returns>The power of what is in the window.</returns>
    public double Apply(ReadOnlySpan<float> samples, out Vector256<float> real, out Vector256<float> imaginary)
    {
        Span<float> windowed = stackalloc float[_window.Length];
        for (var i = 0; i < windowed.Length; i++)
            windowed[i] = samples[i] * _window[i];
        Span<float> inPhase = stackalloc float[Vector256<float>.Count], turned = stackalloc float[Vector256<float>.Count];
        for (var tone = 0; tone < Frequencies.Length; tone++)
        {
            inPhase[tone] = DotProduct.Of(windowed, _cosines[tone]);
            turned[tone] = DotProduct.Of(windowed, _sines[tone]);
        }
        (real, imaginary) = (Vector256.Create<float>(inPhase), Vector256.Create<float>(turned));
        return DotProduct.Of(windowed, windowed);
    }
}
