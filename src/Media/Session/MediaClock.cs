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

    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly AutoResetEvent wake = new(false);
    private readonly Lock gate = new();
    private readonly Thread thread;
    private readonly long start;
    private volatile IMediaTick[] listeners = [];
    private volatile bool stopped;

    /// <summary>Starts the clock.</summary>
    public MediaClock(TimeProvider time, ILogger logger)
    {
        this.time = time;
        this.logger = logger;
        start = time.GetTimestamp();
        thread = new Thread(Run) { IsBackground = true, Name = "media clock", Priority = ThreadPriority.AboveNormal };
        thread.Start();
    }

    /// <summary>Seconds since the clock began.</summary>
    public double Now => time.GetElapsedTime(start).TotalSeconds;

    /// <summary>Calls <paramref name="listener"/> on each tick from now on.</summary>
    public void Add(IMediaTick listener)
    {
        lock (gate)
            listeners = [.. listeners, listener];
        wake.Set();
    }

    /// <summary>Stops calling <paramref name="listener"/>; one call may still be under way.</summary>
    public void Remove(IMediaTick listener)
    {
        lock (gate)
            listeners = [.. listeners.Where(other => other != listener)];
    }

    /// <summary>Stops the thread.</summary>
    public void Dispose()
    {
        stopped = true;
        wake.Set();
        if (Thread.CurrentThread != thread)
            thread.Join();
        wake.Dispose();
    }

    private void Run()
    {
        var next = 0L;
        while (!stopped)
        {
            var current = listeners;
            if (current.Length == 0)
            {
                wake.WaitOne();
                next = (long)(Now * 1000 / TickMilliseconds) + 1;
                continue;
            }
            var wait = next * TickMilliseconds - Now * 1000;
            if (wait > 0)
            {
                wake.WaitOne(Math.Max(1, (int)wait));
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
            Log.ListenerFailed(logger, fault);
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
