using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Media.Session;

/// <summary>
/// One timer for all calls: a thread that calls who sends each 20 ms and who only watches each 100 ms, a part of them each 5 ms, so that
/// thousands of calls do not send all at once. The thread sleeps when nobody listens.
/// </summary>
public sealed partial class MediaClock : IDisposable
{
    /// <summary>The time between ticks, in milliseconds.</summary>
    public const int TickMilliseconds = 20;

    /// <summary>How many ticks there are from one to the next for who watches.</summary>
    public const int WatchTicks = 5;

    /// <summary>How many groups the listeners are in; each has its own moment within a tick.</summary>
    internal const int Phases = 4;

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Lock _gate = new();
    private readonly Thread _thread;
    private readonly long _start;
    private readonly TickPace _pace = new();

    // The thread's own: who comes and goes is told in the list of changes, which it takes up before each step.
    private readonly List<IMediaTick>[] _listeners = Groups(Phases);
    private readonly List<IMediaTick>[] _watchers = Groups(Phases * WatchTicks);
    private List<Change> _changes = [];
    private List<Change> _taken = [];
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
    public void Add(IMediaTick listener) => Tell(new Change(listener, _listeners, Comes: true));

    /// <summary>Calls <paramref name="listener"/> on each fifth tick from now on: most calls at most times only listen.</summary>
    public void Watch(IMediaTick listener) => Tell(new Change(listener, _watchers, Comes: true));

    /// <summary>Stops what <see cref="Add"/> began; one call may still be under way or about to be.</summary>
    public void Remove(IMediaTick listener) => Tell(new Change(listener, _listeners, Comes: false));

    /// <summary>Stops what <see cref="Watch"/> began, likewise.</summary>
    public void Unwatch(IMediaTick listener) => Tell(new Change(listener, _watchers, Comes: false));

    /// <summary>Stops the thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            _wake.Set();
        }
        if (Thread.CurrentThread != _thread)
            _thread.Join();
        _wake.Dispose();
    }

    private static List<IMediaTick>[] Groups(int count) => [.. Enumerable.Range(0, count).Select(_ => new List<IMediaTick>())];

    private void Tell(Change change)
    {
        lock (_gate)
        {
            _changes.Add(change);
            // The others find the thread awake, or it will be in time.
            if (_changes.Count > 1 || _stopped)
                return;
            _wake.Set();
        }
    }

    private void Run()
    {
        RealTime.Ask(_logger);
        var listening = 0;
        while (!_stopped)
        {
            var before = listening;
            listening += TakeUpChanges();
            if (listening == 0)
            {
                _wake.WaitOne();
                continue;
            }
            var now = Now * 1000;
            if (before == 0)
                _pace.Begin(now);
            var wait = _pace.Wait(now);
            if (wait > 0)
            {
                _wake.WaitOne(Math.Max(1, (int)wait));
                continue;
            }
            var step = _pace.Take(now);
            CallEach(_listeners, step);
            CallEach(_watchers, step);
        }
    }

    private void CallEach(List<IMediaTick>[] groups, long step)
    {
        foreach (var listener in groups[step % groups.Length])
            Tick(listener, groups, step / Phases);
    }

    // Gives by how much the number of listeners has changed.
    private int TakeUpChanges()
    {
        lock (_gate)
            (_changes, _taken) = (_taken, _changes);
        var difference = 0;
        foreach (var (listener, groups, comes) in _taken)
        {
            if (comes)
            {
                groups.MinBy(group => group.Count)!.Add(listener);
                difference++;
            }
            else if (TryTakeOut(listener, groups))
            {
                difference--;
            }
        }
        _taken.Clear();
        return difference;
    }

    private static bool TryTakeOut(IMediaTick listener, List<IMediaTick>[] groups)
    {
        foreach (var group in groups)
        {
            var index = group.IndexOf(listener);
            if (index < 0)
                continue;
            group[index] = group[^1];
            group.RemoveAt(group.Count - 1);
            return true;
        }
        return false;
    }

    private void Tick(IMediaTick listener, List<IMediaTick>[] groups, long tick)
    {
        try
        {
            listener.Tick(tick);
        }
        // One call must not end the clock of all others; the listener is left out from the next step on, and the log says why.
        catch (Exception fault)
        {
            Log.ListenerFailed(_logger, fault);
            Tell(new Change(listener, groups, Comes: false));
        }
    }

    private readonly record struct Change(IMediaTick Listener, List<IMediaTick>[] Groups, bool Comes);

    private static partial class Log
    {
        [LoggerMessage(3002, LogLevel.Error, "A call failed on the media clock and gets no more ticks")]
        public static partial void ListenerFailed(ILogger logger, Exception fault);
    }
}

/// <summary>Something that the clock drives.</summary>
public interface IMediaTick
{
    /// <summary>Called each 20 ms, or each 100 ms for who watches; must not block.</summary>
    /// <param name="tick">The number of the tick, in steps of 20 ms. While somebody listens none is left out; when the process stood still
    /// for long, they go on where they stopped.</param>
    void Tick(long tick);
}
