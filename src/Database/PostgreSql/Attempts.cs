using System.Diagnostics;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>How often one unit or query is tried, and how long it waits in between.</summary>
/// <remarks>Waits are by the system's clock and not by the program's: it is the network and other servers that are waited for.</remarks>
internal struct Attempts(TimeSpan maxOutage)
{
    /// <summary>Units that meet wait for each other in turn, so each gets through after as many tries as there are others.</summary>
    private const int MaxConflicts = 20;

    /// <summary>The second try sees what the other unit stored. A third is for the case that this one goes away meanwhile.</summary>
    private const int MaxRaces = 2;

    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(500);

    private int _conflicts;
    private int _races;
    private int _losses;
    private long _firstLoss;

    /// <summary>Whether to try again after this fault, which it counts.</summary>
    public bool Allows(Exception fault) => Fault.KindOf(fault) switch
    {
        FaultKind.Conflict => ++_conflicts <= MaxConflicts,
        FaultKind.Race => ++_races <= MaxRaces,
        FaultKind.Lost => CountLoss(),
        _ => false,
    };

    /// <summary>What the caller is told when there is no further try.</summary>
    public static Exception Explain(Exception fault) => Fault.KindOf(fault) switch
    {
        FaultKind.Lost => new DatabaseException($"The database can't be reached, nothing was stored: {fault.Message}", fault),
        FaultKind.Conflict => new DatabaseException($"Too many others write the same, nothing was stored: {fault.Message}", fault),
        _ when Fault.IsOfStatement(fault) => fault,
        _ => new DatabaseException($"The database failed, nothing was stored: {fault.Message}", fault),
    };

    /// <summary>Waits before the next try.</summary>
    public readonly Task WaitAsync() => PauseAsync(_conflicts + _losses);

    /// <summary>Twice as long each time; by chance, so that those who met do not meet again.</summary>
    public static Task PauseAsync(int tries)
    {
        double longest = Math.Min(ShortestWait.TotalMilliseconds * Math.Pow(2, tries), LongestWait.TotalMilliseconds);
        return Task.Delay(TimeSpan.FromMilliseconds((0.5 + (Random.Shared.NextDouble() / 2)) * longest));
    }

    private bool CountLoss()
    {
        if (_losses++ == 0)
            _firstLoss = Stopwatch.GetTimestamp();
        return Stopwatch.GetElapsedTime(_firstLoss) < maxOutage;
    }
}
