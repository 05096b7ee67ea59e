using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Media.Session;

/// <summary>
/// One timer for all calls: a thread that calls every listener each 20 ms. Ticks are numbered by the time since the clock began, so being
/// late once moves nothing that follows; the thread sleeps when nobody listens.
/// </summary>
public sealed partial class MediaClock : IDisposable
{
    /// <summary>The time between ticks, in milliseconds.</summary>
    public const int TickMilliseconds = 20;

    // After a pause of the process up to this many ticks are made up for, so that no playing call falls behind; beyond it time is skipped,
    // because a burst that long would only overflow the buffers of the phones.
    private const int MaxCatchUp = 10;

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Lock _gate = new();
    private readonly Thread _thread;
    private readonly long _start;
    private volatile IMediaTick[] _listeners = [];
    private volatile bool _stopped;

    /// <summary>Starts the clock.</summary>
    public MediaClock(TimeProvider time, ILogger logger)
    {
        _time = time;
        _logger = logger;
        _start = time.GetTimestamp();
        _thread = new Thread(Run) { IsBackground = true, Name = "media clock", Priority = ThreadPriority.AboveNormal };
        _thread.Start();
    }

    /// <summary>Seconds since the clock began.</summary>
    public double Now => _time.GetElapsedTime(_start).TotalSeconds;

    /// <summary>Calls <paramref name="listener"/> on each tick from now on.</summary>
    public void Add(IMediaTick listener)
    {
        lock (_gate)
            _listeners = [.. _listeners, listener];
        _wake.Set();
    }

    /// <summary>Stops calling <paramref name="listener"/>; one call may still be under way.</summary>
    public void Remove(IMediaTick listener)
    {
        lock (_gate)
            _listeners = [.. _listeners.Where(other => other != listener)];
    }

    /// <summary>Stops the thread.</summary>
    public void Dispose()
    {
        _stopped = true;
        _wake.Set();
        if (Thread.CurrentThread != _thread)
            _thread.Join();
        _wake.Dispose();
    }

    private void Run()
    {
        var next = 0L;
        while (!_stopped)
        {
            var current = _listeners;
            if (current.Length == 0)
            {
                _wake.WaitOne();
                next = (long)(Now * 1000 / TickMilliseconds) + 1;
                continue;
            }
            var wait = next * TickMilliseconds - Now * 1000;
            if (wait > 0)
            {
                _wake.WaitOne(Math.Max(1, (int)wait));
                continue;
            }
            next = Math.Max(next, (long)(Now * 1000 / TickMilliseconds) - MaxCatchUp);
            foreach (var listener in current)
                Tick(listener, next);
            next++;
        }
    }

    private void Tick(IMediaTick listener, long tick)
    {
        try
        {
            listener.Tick(tick);
        }
        // One call must not end the clock of all others; the listener is left out from now on, and the log says why.
        catch (Exception fault)
        {
            Log.ListenerFailed(_logger, fault);
            Remove(listener);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3002, LogLevel.Error, "A call failed on the media clock and gets no more ticks")]
        public static partial void ListenerFailed(ILogger logger, Exception fault);
    }
}

/// <summary>Something that the clock drives.</summary>
public interface IMediaTick
{
    /// <summary>Called each 20 ms; must not block.</summary>
    /// <param name="tick">The number of the tick; ticks that the process slept through are left out.</param>
    void Tick(long tick);
}
