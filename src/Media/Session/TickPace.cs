namespace UnifiedMsg.Media.Session;

/// <summary>
/// When the next step of the clock is due. Steps are numbered by the time since the clock began, so that being late once moves nothing that
/// follows. All times are in milliseconds of that clock.
/// </summary>
internal sealed class TickPace
{
    /// <summary>The time between steps.</summary>
    public const int StepMilliseconds = MediaClock.TickMilliseconds / MediaClock.Phases;

    // What was missed is made up for at twice the pace: the buffer of a phone takes two packets in 20 ms, a burst of ten it may drop.
    private const double ShortestStep = StepMilliseconds / 2.0;

    // Beyond 100 ms a phone has played silence and a late packet is of no use: time is skipped instead, and sound goes on where it
    // stopped. By whole ticks, so that all calls skip the same.
    private const int MostBehind = 5 * MediaClock.Phases;

    private long _next;
    private double _last = double.NegativeInfinity;

    /// <summary>Begins again after a rest: with the first step that is not over.</summary>
    public void Begin(double now) => _next = (long)Math.Ceiling(now / StepMilliseconds);

    /// <summary>How long to wait for the next step; not positive when it is due.</summary>
    public double Wait(double now) => Math.Max(_next * StepMilliseconds, _last + ShortestStep) - now;

    /// <summary>The number of the step that is due.</summary>
    public long Take(double now)
    {
        var behind = (long)(now / StepMilliseconds) - _next;
        if (behind > MostBehind)
            _next += (behind - MostBehind + MediaClock.Phases - 1) / MediaClock.Phases * MediaClock.Phases;
        _last = now;
        return _next++;
    }
}
