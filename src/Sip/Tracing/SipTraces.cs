using System.Text;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Tracing;

/// <summary>
/// What went over the wire lately, by Call-ID: kept as octets, read only when somebody asks, in memory only, and given away with its
/// secrets masked.
/// </summary>
public sealed class SipTraces
{
    /// <summary>A Call-ID is a word or two (RFC 3261 §8.1.1.4); a longer one is not traced when we send it.</summary>
    private const int LongestCallId = 256;

    // Our own writer puts it so.
    private static readonly byte[] CallIdField = "\r\nCall-ID: "u8.ToArray();

    private readonly TimeProvider _time;
    private readonly TraceShelf _calls;
    private readonly TraceShelf _others;

    internal SipTraces(TraceOptions options, TimeProvider time)
    {
        _time = time;
        _calls = new TraceShelf(options.Calls, options.MessagesPerExchange, options.Octets);
        _others = new TraceShelf(options.OtherExchanges, options.MessagesPerExchange, options.Octets);
        Live = new LiveCapture(options.CaptureOctets, time);
    }

    /// <summary>Everything that goes over the wire while somebody looks.</summary>
    public LiveCapture Live { get; }

    /// <summary>The last exchanges, newest first.</summary>
    public IReadOnlyList<TraceSummary> List() =>
    [
        .. _calls.Exchanges.Concat(_others.Exchanges).Select(e => e.Masked(_time)).Where(e => e.Messages.Count > 0)
            .Select(ExchangeSummary.Of).OrderByDescending(s => s.Began),
    ];

    /// <summary>The exchanges with this name of ours or this Call-ID; when there are none, those whose Call-ID begins with it.</summary>
    public IReadOnlyList<TracedExchange> Find(string name)
    {
        var all = _calls.Exchanges.Concat(_others.Exchanges).ToList();
        var exact = all.Where(e => e.Id == name || e.CallId == name).ToList();
        var found = exact.Count > 0 ? exact : all.Where(e => e.CallId.StartsWith(name, StringComparison.Ordinal));
        return [.. found.Select(e => e.Masked(_time)).Where(e => e.Messages.Count > 0)];
    }

    /// <summary>Our name of the call with that Call-ID.</summary>
    internal void Name(string callId, string id)
    {
        if (_calls.Find(callId) is { } exchange)
            exchange.Id = id;
    }

    internal void Received(SipMessage message, ReadOnlySpan<byte> octets, SipFlow flow)
    {
        if (message.CallId is not { Length: > 0 and <= LongestCallId } callId)
            return;
        var record = new WireRecord(_time.GetTimestamp(), outgoing: false, flow, octets.ToArray());
        Live.Add(record);
        if (!_calls.TryAdd(callId, record) && !_others.TryAdd(callId, record) && message is SipRequest request)
            Begin(request.Method, callId, record);
    }

    internal void Sent(byte[] octets, SipFlow flow)
    {
        Span<char> chars = stackalloc char[LongestCallId];
        if (!TryCallId(octets, chars, out var callId))
            return;
        var record = new WireRecord(_time.GetTimestamp(), outgoing: true, flow, octets);
        Live.Add(record);
        if (!_calls.TryAdd(callId, record) && !_others.TryAdd(callId, record) && octets.AsSpan().IndexOf((byte)' ') is var space and > 0)
            Begin(SipMethods.From(octets.AsSpan(0, space)), callId.ToString(), record);
    }

    // Gateways probe each other with OPTIONS every few seconds under ever new Call-IDs: that is no history worth keeping. A response
    // whose request is not here belongs to such a probe, and anything else out of the middle of a call to one that was forgotten.
    private void Begin(string method, string callId, in WireRecord record)
    {
        if (method == SipMethods.Invite)
            _calls.Begin(callId, record);
        else if (method is SipMethods.Subscribe or SipMethods.Notify or SipMethods.Register or SipMethods.Message or "REFER" or "PUBLISH")
            _others.Begin(callId, record);
    }

    private static bool TryCallId(ReadOnlySpan<byte> octets, Span<char> chars, out ReadOnlySpan<char> callId)
    {
        callId = default;
        var at = octets.IndexOf(CallIdField);
        if (at < 0)
            return false;
        var value = octets[(at + CallIdField.Length)..];
        var length = value.IndexOf((byte)'\r');
        if (length is <= 0 or > LongestCallId || !Encoding.UTF8.TryGetChars(value[..length], chars, out var count))
            return false;
        callId = chars[..count];
        return true;
    }
}
