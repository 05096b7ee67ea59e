using System.Collections.Concurrent;

namespace UnifiedMsg.Sip.Tracing;

/// <summary>The last exchanges of a kind, up to a number and to octets in all; the oldest make room.</summary>
internal sealed class TraceShelf(int maxExchanges, int maxMessages, int maxOctets)
{
    private readonly ConcurrentDictionary<string, ExchangeRecord> _byCallId = new();
    private readonly ConcurrentQueue<ExchangeRecord> _oldest = new();
    private int _count;
    private long _octets;

    public IEnumerable<ExchangeRecord> Exchanges => _oldest;

    /// <summary>Keeps a message of an exchange that is here; false when it is not.</summary>
    public bool TryAdd(ReadOnlySpan<char> callId, in WireRecord message)
    {
        if (!_byCallId.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(callId, out var exchange))
            return false;
        Add(exchange, message);
        return true;
    }

    /// <summary>Begins an exchange with its first message.</summary>
    public void Begin(string callId, in WireRecord first)
    {
        if (maxExchanges <= 0)
            return;
        var exchange = new ExchangeRecord(callId);
        if (!_byCallId.TryAdd(callId, exchange))
        {
            TryAdd(callId, first);
            return;
        }
        _oldest.Enqueue(exchange);
        Interlocked.Increment(ref _count);
        Add(exchange, first);
    }

    public ExchangeRecord? Find(string callId) => _byCallId.GetValueOrDefault(callId);

    private void Add(ExchangeRecord exchange, in WireRecord message)
    {
        Interlocked.Add(ref _octets, exchange.Add(message, maxMessages));
        while ((Volatile.Read(ref _count) > maxExchanges || Interlocked.Read(ref _octets) > maxOctets) && _oldest.TryDequeue(out var oldest))
            Forget(oldest);
    }

    private void Forget(ExchangeRecord exchange)
    {
        Interlocked.Decrement(ref _count);
        _byCallId.TryRemove(exchange.CallId, out _);
        Interlocked.Add(ref _octets, -exchange.Leave());
    }
}
