using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Database;

/// <summary>Tells of the steps that existing data has to take: in the log, and to whoever listens; of a long one again and again.</summary>
internal sealed partial class SchemaReporter : IDisposable
{
    // How often a person who waits wants to see that it goes on.
    private static readonly TimeSpan Pulse = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Action<SchemaProgress>? _onProgress;
    private readonly ITimer _pulse;
    private readonly Lock _lock = new();
    private SchemaProgress? _current;
    private long _started;

    public SchemaReporter(ILogger logger, TimeProvider time, Action<SchemaProgress>? onProgress)
    {
        (_logger, _time, _onProgress) = (logger, time, onProgress);
        _pulse = time.CreateTimer(_ => Beat(), null, Pulse, Pulse);
    }

    /// <summary>A step begins, or goes on after an interruption. Of new data there is nothing to tell.</summary>
    public void Begin(MigrationSet set, Migration step, bool isNew)
    {
        lock (_lock)
        {
            if (_current?.Component == set.Component && _current.Number == step.Number)
                return;
            _current = isNew ? null : new SchemaProgress(set.Component, step.Number, set.Steps.Count, step.Name, null, TimeSpan.Zero);
            _started = _time.GetTimestamp();
            if (_current is null)
                return;
            _onProgress?.Invoke(_current);
            Log.Begins(_logger, set.Component, step.Number, set.Steps.Count, step.Name);
        }
    }

    /// <summary>A piece of the step is done.</summary>
    public void Advance(long done, long last)
    {
        lock (_lock)
        {
            if (_current is null)
                return;
            _current = _current with { Percent = (int)(100 * (Math.Min(done, last) / (double)last)), Elapsed = _time.GetElapsedTime(_started) };
            _onProgress?.Invoke(_current);
        }
    }

    /// <summary>The step is done.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (_current is not null)
                Log.Ends(_logger, _current.Component, _current.Number, (long)_time.GetElapsedTime(_started).TotalMilliseconds);
            _current = null;
        }
    }

    public void Dispose() => _pulse.Dispose();

    private void Beat()
    {
        lock (_lock)
        {
            if (_current is null)
                return;
            _current = _current with { Elapsed = _time.GetElapsedTime(_started) };
            _onProgress?.Invoke(_current);
            Log.GoesOn(_logger, _current);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2030, LogLevel.Information, "The schema of '{Component}' takes step {Number} of {Last}: {Name}")]
        public static partial void Begins(ILogger logger, string component, int number, int last, string name);

        [LoggerMessage(2031, LogLevel.Information, "The data is being brought up to date: {Progress}")]
        public static partial void GoesOn(ILogger logger, SchemaProgress progress);

        [LoggerMessage(2032, LogLevel.Information, "The schema of '{Component}' has taken step {Number}, in {Milliseconds} ms")]
        public static partial void Ends(ILogger logger, string component, int number, long milliseconds);
    }
}
