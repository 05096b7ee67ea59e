using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Resolution;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Tests;

/// <summary>A bad network: of what comes it loses a part, gives a part twice, and holds a part up so that others overtake it.</summary>
/// <param name="seed">Makes the same decisions for the same number, in the order of what comes.</param>
/// <param name="time">The clock.</param>
internal sealed class Weather(int seed, TimeProvider time) : IWireFilter
{
    private const double Loses = 0.05;
    private const double Doubles = 0.05;
    private const double HoldsUp = 0.15;

    [ThreadStatic]
    private static bool _again;

    private readonly Random _random = new(seed);
    private readonly Lock _sync = new();

    /// <summary>Set once, before anything is received.</summary>
    public TransportLayer Transports { get; set; } = null!;

    /// <summary>Whether it has cleared up: nothing is lost any more.</summary>
    public bool IsFair { get; set; }

    public bool Drops(bool outgoing, ReadOnlySpan<byte> message, IPEndPoint remote)
    {
        if (outgoing || _again || IsFair)
            return false;
        double dice;
        int milliseconds;
        lock (_sync)
            (dice, milliseconds) = (_random.NextDouble(), _random.Next(1, 400));
        if (dice < Loses)
            return true;
        if (dice >= Loses + Doubles + HoldsUp)
            return false;
        _ = AgainAsync(message.ToArray(), remote, TimeSpan.FromMilliseconds(milliseconds));
        return dice >= Loses + Doubles;
    }

    private async Task AgainAsync(byte[] message, IPEndPoint remote, TimeSpan later)
    {
        await Task.Delay(later, time);
        var flow = await Transports.FlowToAsync(new SipTarget(SipTransportKind.Udp, remote), default);
        _again = true;
        try
        {
            Transports.Received(message, flow);
        }
        finally
        {
            _again = false;
        }
    }
}

/// <summary>A clock that goes so many times as fast as others, so that the times of RFC 3261 stay what they are to each other.</summary>
internal sealed class HurriedTime(int factor) : TimeProvider
{
    private readonly DateTimeOffset _start = System.GetUtcNow();

    public override long TimestampFrequency => System.TimestampFrequency / factor;

    public override DateTimeOffset GetUtcNow() => _start + ((System.GetUtcNow() - _start) * factor);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(System.CreateTimer(callback, state, Real(dueTime), Real(period)), this);

    private TimeSpan Real(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / factor;

    private sealed class Timer(ITimer timer, HurriedTime time) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(time.Real(dueTime), time.Real(period));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}

/// <summary>Keeps what somebody would have to act upon.</summary>
internal sealed class FaultLog : ILoggerFactory, ILogger
{
    public ConcurrentQueue<string> Faults { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            Faults.Enqueue($"{formatter(state, exception)} {exception}");
    }

    public void Dispose()
    {
    }
}
