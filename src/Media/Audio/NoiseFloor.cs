namespace UnifiedMsg.Media.Audio;

/// <summary>
/// How loud the noise is in each band: its mean while nobody speaks, and never far from the quietest moments of the last two seconds,
/// since between its words, and in some bands between its sounds too, speech lets the noise be heard.
/// </summary>
internal sealed class NoiseFloor
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

    private readonly float[] _smoothed = new float[BandPowers.Count];
    private readonly float[,] _minima = new float[Parts, BandPowers.Count];
    private readonly float[] _mean = new float[BandPowers.Count];
    private readonly float[] _floor = new float[BandPowers.Count];
    private int _frames;

    /// <summary>The power of the noise in each band.</summary>
    public ReadOnlySpan<float> Powers => _floor;

    /// <summary>Takes the powers of the next frame.</summary>
    /// <param name="powers">In each band.</param>
    /// <param name="speaking">Whether somebody speaks, so that the mean of the noise can't be heard.</param>
    public void Add(ReadOnlySpan<float> powers, bool speaking)
    {
        var part = _frames / PartFrames % Parts;
        var begins = _frames % PartFrames == 0;
        for (var band = 0; band < BandPowers.Count; band++)
        {
            _smoothed[band] = _frames == 0 ? powers[band] : Smoothing * _smoothed[band] + (1 - Smoothing) * powers[band];
            _minima[part, band] = begins ? _smoothed[band] : Math.Min(_minima[part, band], _smoothed[band]);
            var least = float.MaxValue;
            for (var other = 0; other < Math.Min(Parts, _frames / PartFrames + 1); other++)
                least = Math.Min(least, _minima[other, band]);
            if (!speaking)
                _mean[band] += MeanShare * (powers[band] - _mean[band]);
            _mean[band] = Math.Clamp(_mean[band], least * LeastBias, least * MostBias);
            _floor[band] = Math.Clamp(_mean[band], Quietest, Loudest);
        }
        _frames++;
    }
}
