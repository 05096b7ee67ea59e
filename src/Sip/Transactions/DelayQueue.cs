using System.Collections.Concurrent;

namespace UnifiedMsg.Sip.Transactions;

/// <summary>Things that are all due after the same time: first in, first out, with one timer for all of them.</summary>
/// <param name="time">The clock.</param>
/// <param name="delay">After how long.</param>
/// <param name="due">Told when the time of a thing has come.</param>
internal sealed class DelayQueue<T>(TimeProvider time, TimeSpan delay, Action<T> due)
{
    private readonly ConcurrentQueue<(long At, T Item)> _items = new();
    private readonly Lock _sync = new();
    private ITimer? _timer;
    private bool _armed;

    public void Add(T item)
    {
        _items.Enqueue((time.After(delay), item));
        // Whoever fires arms it again as long as there is something, so that this is seldom needed.
        if (!Volatile.Read(ref _armed))
            Arm();
    }

    private void Arm()
    {
        lock (_sync)
        {
            _armed = _items.TryPeek(out var first);
            if (!_armed)
                return;
            var wait = time.TimerUntil(first.At);
            if (_timer is null)
                _timer = time.CreateTimer(static q => ((DelayQueue<T>)q!).Fire(), this, wait, Timeout.InfiniteTimeSpan);
            else
                _timer.Change(wait, Timeout.InfiniteTimeSpan);
        }
    }

    private void Fire()
    {
        var now = time.GetTimestamp();
        while (TryTake(now, out var item))
            due(item);
        Arm();
        // Between the look into an empty queue and the mark that nothing is armed, something may have come.
        if (!Volatile.Read(ref _armed) && !_items.IsEmpty)
            Arm();
    }

    private bool TryTake(long now, out T item)
    {
        lock (_sync)
        {
            item = default!;
            if (!_items.TryPeek(out var first) || first.At > now || !_items.TryDequeue(out first))
                return false;
            item = first.Item;
            return true;
        }
    }
}
