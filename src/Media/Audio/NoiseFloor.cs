using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace UnifiedMsg.Media.Audio;

/// <summary>
/// How loud the noise is in each band: its mean while nobody speaks, and never far from the quietest moments of the last two seconds,
/// since between its words, and in some bands between its sounds too, speech lets the noise be heard. A value, as <see cref="BandPowers"/> is.
/// </summary>
internal struct NoiseFloor
{
    // The minimum over eight parts of 240 ms.
    private const int Parts = 8;
    private const int PartFrames = 12;

    // The smoothing of the power before its minimum is taken, so that the dips of the noise itself count less.
    private const float Smoothing = 0.7f;

    // So far above its quietest moments lies the mean of noise: little when it is steady, more when it is made of voices.
    private const float LeastBias = 1.8f;
    private const float MostBias = 3;

    // The mean is that of some half a second.
    private const float MeanShare = 0.04f;

    // A floor above this (-25 dB) is no noise but a talker who has not drawn breath for two seconds.
    private const float Loudest = 3e-3f;

    // Below the noise of G.711 itself (-72 dB) nothing is told apart.
    private const float Quietest = 6e-8f;

    private Minima _minima;
    private Vector256<float> _smoothed;
    private Vector256<float> _mean;
    private Vector256<float> _leastOfOthers;
    private int _frames;

    /// <summary>The power of the noise in each band.</summary>
    public Vector256<float> Powers { get; private set; }

    /// <summary>Takes the powers of the next frame.</summary>
    /// <param name="powers">In each band.</param>
    /// <param name="speaking">Whether somebody speaks, so that the mean of the noise can't be heard.</param>
    public void Add(Vector256<float> powers, bool speaking)
    {
        _smoothed = _frames == 0 ? powers : Smoothing * _smoothed + (1 - Smoothing) * powers;
        ref var minimum = ref _minima[_frames / PartFrames % Parts];
        if (_frames % PartFrames == 0)
        {
            minimum = Vector256.Create(float.MaxValue);
            _leastOfOthers = LeastOf(_minima[..Math.Min(Parts, _frames / PartFrames + 1)]);
        }
        minimum = Vector256.Min(minimum, _smoothed);
        var least = Vector256.Min(minimum, _leastOfOthers);
        if (!speaking)
            _mean += MeanShare * (powers - _mean);
        _mean = Vector256.Clamp(_mean, least * LeastBias, least * MostBias);
        Powers = Vector256.Clamp(_mean, Vector256.Create(Quietest), Vector256.Create(Loudest));
        _frames++;
    }

    private static Vector256<float> LeastOf(ReadOnlySpan<Vector256<float>> minima)
    {
        var least = minima[0];
        foreach (var each in minima)
            least = Vector256.Min(least, each);
        return least;
    }

    [InlineArray(Parts)]
    private struct Minima
    {
        private Vector256<float> _first;
    }
}
