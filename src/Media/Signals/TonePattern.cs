namespace UnifiedMsg.Media.Signals;

/// <summary>The cadence of a signal, to be found in what was heard.</summary>
internal sealed class TonePattern
{
    private const int Pause = -1;

    // Networks keep their times to a tenth; windows of 30 ms add their own.
    private const double Tolerance = 0.2;
    private const int Slack = 25;

    // So much of a last element that is still under way is enough to know it.
    private const double Known = 0.6;

    private readonly (int Band, int Length)[] _elements;

    /// <param name="signal">A signal that is not steady.</param>
    /// <param name="bandOf">The number of the band of a burst.</param>
    public TonePattern(ToneSignal signal, Func<ToneBurst, int> bandOf) => _elements =
    [
        .. signal.Bursts.SelectMany(burst => new[] { (bandOf(burst), burst.On), (Pause, burst.Off) })
            .Where(element => element.Item1 != Pause || element.Item2 >= ToneSegments.Shortest),
    ];

    /// <summary>How many sounds and pauses it has before it repeats.</summary>
    public int Length => _elements.Length;

    /// <summary>Compares the last elements heard with the pattern, wherever in it they are.</summary>
    /// <param name="heard">The last is under way.</param>
    /// <param name="count">How many must match.</param>
    /// <param name="early">Whether the one under way is among them; else it only must not contradict.</param>
    /// <returns>The mean deviation of their lengths, or null when they do not match.</returns>
    public double? Match(IReadOnlyList<ToneSegment> heard, int count, bool early)
    {
        double? best = null;
        for (var at = 0; at < _elements.Length; at++)
        {
            if (MatchAt(heard, count, early, at) is { } deviation && !(deviation >= best))
                best = deviation;
        }
        return best;
    }

    private double? MatchAt(IReadOnlyList<ToneSegment> heard, int count, bool early, int at)
    {
        var now = heard[^1];
        if (!Fits(now, _elements[at]) || now.Length > Longest(_elements[at].Length))
            return null;
        var left = early && now.Length >= Known * _elements[at].Length ? count - 1 : count;
        if (heard.Count - 1 < left)
            return null;
        var deviation = 0.0;
        for (var i = 1; i <= left; i++)
        {
            var element = _elements[((at - i) % _elements.Length + _elements.Length) % _elements.Length];
            var segment = heard[^(i + 1)];
            var off = Math.Abs(segment.Length - element.Length);
            if (!Fits(segment, element) || off > Tolerance * element.Length + Slack)
                return null;
            deviation += (double)off / element.Length;
        }
        return deviation / Math.Max(1, left);
    }

    // A pause in which somebody speaks is none.
    private static bool Fits(ToneSegment segment, (int Band, int Length) element) => element.Band == Pause
        ? !segment.IsTone && segment.Loud * 5 <= segment.Windows
        : segment.IsTone && segment.Is(element.Band);

    private static double Longest(int length) => length * (1 + Tolerance) + Slack;
}
