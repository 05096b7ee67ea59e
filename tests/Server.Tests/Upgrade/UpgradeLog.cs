using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Database;
using UnifiedMsg.Server.Hosting;

namespace UnifiedMsg.Server.Tests.Upgrade;

/// <summary>Whenever the log says that a step is taken, it notes what a command would read at that moment.</summary>
internal sealed class UpgradeLog(string data) : ILoggerFactory, ILogger
{
    private const int StepBegins = 2030;

    public ConcurrentQueue<SchemaProgress> Steps { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id == StepBegins)
            Steps.Enqueue(UpgradeNotice.Read(data)!);
    }

    public void Dispose()
    {
    }
}
