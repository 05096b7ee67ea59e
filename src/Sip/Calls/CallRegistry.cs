using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Calls;

/// <summary>The calls that are not over, up to the limit, and whether new ones may begin.</summary>
internal sealed class CallRegistry(int limit, int limitPerSource)
{
    private readonly ConcurrentDictionary<Call, byte> _calls = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SourceCounters _sources = new(limitPerSource);
    private int _count;
    private int _lastId;
    private volatile bool _draining;

    public int Count => Volatile.Read(ref _count);

    public IEnumerable<Call> Calls => _calls.Keys;

    public string NextId() => "c" + Interlocked.Increment(ref _lastId);

    /// <summary>Takes a place; false when there is none, or when the endpoint stops.</summary>
    public bool TryReserve()
    {
        if (_draining)
            return false;
        if (Interlocked.Increment(ref _count) <= limit)
            return true;
        Release();
        return false;
    }

    /// <summary>Takes a place for a call that somebody there makes; false when there is none in all, or none for that source.</summary>
    public bool TryReserve(IPAddress source, [NotNullWhen(true)] out SourceCounter? place)
    {
        place = _sources.TryEnter(source);
        if (place is null)
            return false;
        if (TryReserve())
            return true;
        _sources.Leave(place);
        place = null;
        return false;
    }

    public void Add(Call call) => _calls[call] = 0;

    public void Remove(Call call)
    {
        if (!_calls.TryRemove(call, out _))
            return;
        if (call.Place is { } place)
            _sources.Leave(place);
        Release();
    }

    /// <summary>Gives back a place for which no call came about.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _count) == 0 && _draining)
            _drained.TrySetResult();
    }

    /// <summary>From now on no call begins. Done when the last one is over.</summary>
    public Task DrainAsync()
    {
        _draining = true;
        if (Count == 0)
            _drained.TrySetResult();
        return _drained.Task;
    }
}

/// <summary>A place that was reserved for a call of ours; it is given back unless a call comes about, which gives it back at its end.</summary>
internal sealed class CallPlace(CallRegistry registry) : IDisposable
{
    private bool _taken;

    public void Take(Call call)
    {
        _taken = true;
        registry.Add(call);
    }

    public void Dispose()
    {
        if (!_taken)
            registry.Release();
    }
}
