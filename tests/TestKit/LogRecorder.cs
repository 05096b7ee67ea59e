using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace UnifiedMsg.TestKit;

/// <summary>Keeps what is logged, by whichever way a program logs.</summary>
/// <param name="least">From which level on.</param>
public sealed class LogRecorder(LogLevel least = LogLevel.Information) : ILoggerFactory, ILoggerProvider, ILogger
{
    /// <summary>What was logged so far.</summary>
    public ConcurrentQueue<LogEntry> Entries { get; } = new();

    /// <summary>Called when something is logged, before whoever logs goes on.</summary>
    public Action<LogEntry>? Logged { get; init; }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider)
    {
    }

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        var entry = new LogEntry(eventId.Id, formatter(state, exception));
        Entries.Enqueue(entry);
        Logged?.Invoke(entry);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

/// <summary>A line of a log.</summary>
/// <param name="Id">The event's number.</param>
/// <param name="Text">Its words.</param>
public sealed record LogEntry(int Id, string Text);
