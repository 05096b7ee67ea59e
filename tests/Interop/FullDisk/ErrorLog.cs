using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Interop.FullDisk;

/// <summary>Keeps the ids of the errors that are logged.</summary>
internal sealed class ErrorLog : ILoggerProvider, ILogger
{
    public ConcurrentQueue<int> Errors { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            Errors.Enqueue(eventId.Id);
    }

    public void Dispose()
    {
    }
}
