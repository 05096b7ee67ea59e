using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Signals;

/// <summary>
/// How much of a stretch of sound consists of given frequencies: the part of its energy that lies in the space their sines and cosines
/// span. Frequencies that are closer to each other than the stretch can tell apart do no harm.
/// </summary>
internal sealed class ToneFilter
{
    // What a vector adds less than this of to those before it is theirs already.
    private const double LeastNew = 1e-3;

    private readonly float[][] _basis;

    /// <param name="lines">The frequencies, in Hz.</param>
    /// <param name="sampleRate">In Hz.</param>
    /// <param name="length">Samples of a stretch.</param>
    public ToneFilter(IReadOnlyList<double> lines, int sampleRate, int length)
    {
        var basis = new List<double[]>();
        foreach (var line in lines)
        {
            foreach (var phase in new[] { 0, Math.PI / 2 })
            {
                var vector = Enumerable.Range(0, length).Select(i => Math.Sin(2 * Math.PI * line * i / sampleRate + phase)).ToArray();
                if (Orthonormal(vector, basis))
                    basis.Add(vector);
            }
        }
        _basis = [.. basis.Select(vector => vector.Select(value => (float)value).ToArray())];
    }

    /// <summary>The energy of a stretch that lies in the frequencies.</summary>
    public float Energy(ReadOnlySpan<float> stretch)
    {
        var energy = 0f;
        foreach (var vector in _basis)
        {
            var part = DotProduct.Of(vector, stretch);
            energy += part * part;
        }
        return energy;
    }

    private static bool Orthonormal(double[] vector, List<double[]> basis)
    {
        var before = Math.Sqrt(vector.Sum(value => value * value));
        foreach (var other in basis)
        {
            var part = 0.0;
            for (var i = 0; i < vector.Length; i++)
                part += other[i] * vector[i];
            for (var i = 0; i < vector.Length; i++)
                vector[i] -= part * other[i];
        }
        var norm = Math.Sqrt(vector.Sum(value => value * value));
        if (norm < LeastNew * before)
            return false;
        for (var i = 0; i < vector.Length; i++)
            vector[i] /= norm;
        return true;
    }
}
