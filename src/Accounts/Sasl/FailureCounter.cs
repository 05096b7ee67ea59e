namespace UnifiedMsg.Accounts.Sasl;

/// <summary>Counts failures of late by key.</summary>
internal sealed class FailureCounter(int limit, TimeSpan window, int maxTracked, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly Queue<(string Key, long Started)> _order = new();

    public bool IsLimited(string key)
    {
        lock (_lock)
            return _entries.TryGetValue(key, out Entry entry) && entry.Count >= limit && IsFresh(entry.Started);
    }

    public void Add(string key)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out Entry entry) && IsFresh(entry.Started))
            {
                _entries[key] = entry with { Count = entry.Count + 1 };
                return;
            }
            long now = time.GetTimestamp();
            _entries[key] = new Entry(1, now);
            _order.Enqueue((key, now));
            Forget();
        }
    }

    public void Clear(string key)
    {
        lock (_lock)
            _entries.Remove(key);
    }

    // Each key is in the queue once for each window it started; an outdated place is skipped.
    private void Forget()
    {
        while (_order.TryPeek(out (string Key, long Started) oldest) && (_order.Count > maxTracked || !IsFresh(oldest.Started)))
        {
            _order.Dequeue();
            if (_entries.TryGetValue(oldest.Key, out Entry entry) && entry.Started == oldest.Started)
                _entries.Remove(oldest.Key);
        }
    }

    private bool IsFresh(long started) => time.GetElapsedTime(started) < window;

    private readonly record struct Entry(int Count, long Started);
}
