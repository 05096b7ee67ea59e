namespace UnifiedMsg.Media.Signals;

/// <summary>A sound to listen for: some frequencies that sound together, each as far off as the standard allows.</summary>
internal sealed class ToneBand
{
    // Two filters 17 Hz apart lose less than a fifth of a tone half way between them, in the 30 ms of a window.
    private const double Spacing = 17;

    private readonly ToneFilter[] _filters;

    /// <param name="lines">The frequencies, in Hz.</param>
    /// <param name="tolerance">How far off they may all be, in Hz; what a filter takes by itself needs none.</param>
    /// <param name="sampleRate">In Hz.</param>
    public ToneBand(IReadOnlyList<double> lines, double tolerance, int sampleRate)
    {
        Lines = lines;
        var steps = (int)Math.Ceiling(Math.Max(0, tolerance - Spacing / 2) / Spacing);
        var length = ToneListener.WindowLength(sampleRate);
        _filters =
        [
            .. Enumerable.Range(-steps, 2 * steps + 1)
                .Select(step => new ToneFilter([.. lines.Select(line => line + step * Spacing)], sampleRate, length)),
        ];
    }

    public IReadOnlyList<double> Lines { get; }

    /// <summary>The energy of a window that lies in the band.</summary>
    public float Energy(ReadOnlySpan<float> window)
    {
        var most = 0f;
        foreach (var filter in _filters)
            most = Math.Max(most, filter.Energy(window));
        return most;
    }
}
