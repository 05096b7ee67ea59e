namespace UnifiedMsg.Sip.Tracing;

/// <summary>
/// Messages as they go over the wire, for as long as somebody asks for them: each question keeps it on for a while. Several may ask at
/// once, each with its own place in the sequence.
/// </summary>
public sealed class LiveCapture
{
    /// <summary>How long it stays on after a question: a reader asks every second.</summary>
    private static readonly TimeSpan Interest = TimeSpan.FromSeconds(10);

    private readonly int _maxOctets;
    private readonly TimeProvider _time;
    private readonly Queue<WireRecord> _messages = new();
    private long _octets;
    private long _next;
    private long _until;

    internal LiveCapture(int maxOctets, TimeProvider time) => (_maxOctets, _time) = (maxOctets, time);

    /// <summary>What came since.</summary>
    /// <param name="from">The place in the sequence that the last answer gave; negative to begin now.</param>
    /// <returns>The messages, how many were lost in between because nobody asked in time, and the next place.</returns>
    public (IReadOnlyList<TracedMessage> Messages, long Lost, long Next) Read(long from)
    {
        List<WireRecord> found = [];
        long lost, next;
        lock (_messages)
        {
            Volatile.Write(ref _until, _time.After(Interest));
            next = _next;
            var first = _next - _messages.Count;
            lost = from < 0 ? 0 : Math.Max(0, first - from);
            if (from >= 0)
                found.AddRange(_messages.Skip((int)Math.Clamp(from - first, 0, _messages.Count)));
        }
        return ([.. found.Select(m => m.Masked(_time))], lost, next);
    }

    internal void Add(in WireRecord message)
    {
        if (message.At > Volatile.Read(ref _until))
        {
            if (Volatile.Read(ref _octets) > 0)
                Clear();
            return;
        }
        lock (_messages)
        {
            _messages.Enqueue(message);
            _next++;
            _octets += message.Octets.Length;
            while (_octets > _maxOctets)
                _octets -= _messages.Dequeue().Octets.Length;
        }
    }

    private void Clear()
    {
        lock (_messages)
        {
            _messages.Clear();
            _octets = 0;
        }
    }
}
