using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Access.Tests.Imap;

/// <summary>Keeps what the server logs as its own faults: no test may cause one.</summary>
internal sealed class FaultLog : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Faults { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) Faults.Enqueue($"{formatter(state, exception)}: {exception}");
    }

    public void Dispose()
    {
    }
}
