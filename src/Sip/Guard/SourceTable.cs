using System.Collections.Concurrent;
using System.Net;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Guard;

/// <summary>The sources seen last.</summary>
internal sealed class SourceTable(SipOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<IPAddress, SourceState> _sources = new();
    private readonly ConcurrentQueue<SourceState> _oldest = new();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Where the flow comes from; remembered with the flow, so that most messages look nothing up.</summary>
    public SourceState Of(SipFlow flow)
    {
        if (flow.Source is { IsGone: false } known)
            return known;
        var address = flow.Remote.Address;
        return flow.Source = IsExempt(address) ? SourceState.Exempt : Find(SourceAddress.KeyOf(address));
    }

    public bool IsExempt(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return options.Guard.Exempt.Any(n => n.Contains(plain)) || options.TrustedPeers.Any(n => n.Contains(plain));
    }

    private SourceState Find(IPAddress key)
    {
        if (_sources.TryGetValue(key, out var known))
            return known;
        var state = new SourceState(options.Guard, key, time);
        if (!_sources.TryAdd(key, state))
            return _sources.GetValueOrDefault(key, state);
        _oldest.Enqueue(state);
        if (Interlocked.Increment(ref _count) > options.Guard.MaxSources && _oldest.TryDequeue(out var oldest))
        {
            oldest.IsGone = true;
            _sources.TryRemove(oldest.Key, out _);
            Interlocked.Decrement(ref _count);
        }
        return state;
    }
}
