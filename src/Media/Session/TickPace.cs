namespace UnifiedMsg.Media.Session;

/// <summary>
/// When the next step of the clock is due. Steps are numbered by the time since the clock began, so that being a little late moves nothing
/// that follows. All times are in milliseconds of that clock.
/// </summary>
internal sealed class TickPace
{
    /// <summary>The time between steps.</summary>
    public const int StepMilliseconds = MediaClock.TickMilliseconds / MediaClock.Phases;

    // What was missed is made up for at twice the pace: the buffer of a phone takes two packets in 20 ms, a burst of ten it may drop.
    private const double ShortestStep = StepMilliseconds / 2.0;

    // Beyond 100 ms a phone has played silence, and what is late is of no use to it: the steps go on from where they stopped, later than
    // they would have been. So nothing of a sound is missing, and the phone sees one packet late and not many.
    private const double MostBehind = 100;

    private double _origin;
    private long _next;
    private double _last = double.NegativeInfinity;

    /// <summary>Begins again after a rest: with the first step that is not over.</summary>
    public void Begin(double now) => _next = (long)Math.Ceiling((now - _origin) / StepMilliseconds);

    /// <summary>How long to wait for the next step; not positive when it is due.</summary>
    public double Wait(double now) => Math.Max(Due, _last + ShortestStep) - now;

    /// <summary>The number of the step that is due.</summary>
    public long Take(double now)
    {
        if (now - Due > MostBehind)
            _origin += now - Due;
        _last = now;
        return _next++;
    }

    private double Due => _origin + _next * StepMilliseconds;
}
