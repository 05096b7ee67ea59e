namespace UnifiedMsg.Sip.Tracing;

/// <summary>The messages of one Call-ID, up to a limit: the first half of it, and the last.</summary>
internal sealed class ExchangeRecord(string callId)
{
    private readonly List<WireRecord> _messages = new(8);
    private int _dropped;

    public string CallId { get; } = callId;

    /// <summary>Our name of the call, once there is one.</summary>
    public string Id { get; set; } = "";

    /// <summary>Whether it still counts against the limits; what comes after that is not kept.</summary>
    public bool IsGone { get; private set; }

    /// <summary>The octets that are kept more than before; less than nothing when a long message made room.</summary>
    public int Add(in WireRecord message, int limit)
    {
        lock (_messages)
        {
            if (IsGone)
                return 0;
            var gain = message.Octets.Length;
            if (_messages.Count >= limit)
            {
                var middle = limit / 2;
                gain -= _messages[middle].Octets.Length;
                _messages.RemoveAt(middle);
                _dropped++;
            }
            _messages.Add(message);
            return gain;
        }
    }

    /// <summary>Forgets everything; the octets that were kept.</summary>
    public int Leave()
    {
        lock (_messages)
        {
            IsGone = true;
            var octets = _messages.Sum(m => m.Octets.Length);
            _messages.Clear();
            return octets;
        }
    }

    public TracedExchange Masked(TimeProvider time)
    {
        lock (_messages)
            return new TracedExchange(Id, CallId, _dropped, [.. _messages.Select(m => m.Masked(time))]);
    }
}
