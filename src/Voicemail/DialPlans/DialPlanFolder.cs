using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Voicemail.DialPlans;

/// <summary>The plan in force: read again when a file of the folder changes, and replaced only by a valid one.</summary>
public sealed partial class DialPlanFolder : IDisposable
{
    // Editors write a file in several steps; what comes within this time is one change.
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(200);

    private readonly string _path;
    private readonly ILogger _logger;
    private readonly FileSystemWatcher _watcher;
    private readonly ITimer _settle;
    private volatile DialPlan _plan;

    /// <summary>Reads the folder and watches it.</summary>
    /// <exception cref="DialPlanException">The plan is not valid; says every problem.</exception>
    public DialPlanFolder(string path, ILogger<DialPlanFolder> logger, TimeProvider time)
    {
        _path = path;
        _logger = logger;
        var (plan, problems) = DialPlanReader.Read(path);
        if (problems.Count > 0) throw new DialPlanException(problems);
        _plan = plan;
        _settle = time.CreateTimer(_ => Reload(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _watcher = new FileSystemWatcher(path, "*.yaml");
        _watcher.Changed += OnChange;
        _watcher.Created += OnChange;
        _watcher.Deleted += OnChange;
        _watcher.Renamed += OnChange;
        _watcher.EnableRaisingEvents = true;
    }

    /// <summary>The plan in force.</summary>
    public DialPlan Plan => _plan;

    /// <summary>Raised after a valid plan has replaced the one before, with the new one.</summary>
    public event Action<DialPlan>? Reloaded;

    /// <inheritdoc/>
    public void Dispose()
    {
        _watcher.Dispose();
        _settle.Dispose();
    }

    private void OnChange(object sender, FileSystemEventArgs change) => _settle.Change(SettleTime, Timeout.InfiniteTimeSpan);

    private void Reload()
    {
        var (plan, problems) = DialPlanReader.Read(_path);
        if (problems.Count > 0)
        {
            foreach (var problem in problems) Log.Invalid(_logger, problem);
            return;
        }

        _plan = plan;
        Log.Reloaded(_logger, _path, plan.Steps.Count);
        Reloaded?.Invoke(plan);
    }

    private static partial class Log
    {
        [LoggerMessage(9001, LogLevel.Information, "Dial plan {Path} read again: {Steps} steps")]
        public static partial void Reloaded(ILogger logger, string path, int steps);

        [LoggerMessage(9002, LogLevel.Error, "Dial plan not taken over, the last good one stays: {Problem}")]
        public static partial void Invalid(ILogger logger, DialPlanProblem problem);
    }
}

/// <summary>A plan that can't be used.</summary>
public sealed class DialPlanException(IReadOnlyList<DialPlanProblem> problems)
    : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>Everything that is wrong.</summary>
    public IReadOnlyList<DialPlanProblem> Problems { get; } = problems;
}
