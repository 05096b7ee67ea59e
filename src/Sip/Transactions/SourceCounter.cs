using System.Collections.Concurrent;
using System.Net;
using UnifiedMsg.Sip.Guard;

namespace UnifiedMsg.Sip.Transactions;

/// <summary>How many transactions, calls or subscriptions one address has.</summary>
internal sealed class SourceCounter(IPAddress address)
{
    public IPAddress Address { get; } = address;

    public int Count;
}

/// <summary>Counts per address, and keeps nothing about addresses that have none.</summary>
internal sealed class SourceCounters(int limit)
{
    private readonly ConcurrentDictionary<IPAddress, SourceCounter> _counters = new();

    /// <summary>Null when the address (of IPv6: its /64) is at its limit.</summary>
    public SourceCounter? TryEnter(IPAddress address)
    {
        address = SourceAddress.KeyOf(address);
        while (true)
        {
            var counter = _counters.GetOrAdd(address, static a => new SourceCounter(a));
            lock (counter)
            {
                // Left for good between the look-up and the lock: take the new one.
                if (counter.Count < 0)
                    continue;
                if (counter.Count >= limit)
                    return null;
                counter.Count++;
                return counter;
            }
        }
    }

    public void Leave(SourceCounter counter)
    {
        lock (counter)
        {
            if (--counter.Count > 0)
                return;
            counter.Count = -1;
            _counters.TryRemove(counter.Address, out _);
        }
    }
}
