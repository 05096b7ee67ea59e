namespace UnifiedMsg.Sip.Tracing;

/// <summary>How much of what went over the wire is kept, in memory only.</summary>
public sealed record TraceOptions
{
    /// <summary>The last calls whose messages are kept: what happened within some minutes can still be looked at. 0 keeps nothing.</summary>
    public int Calls { get; init; } = 1000;

    /// <summary>
    /// The last subscriptions, registrations and other exchanges that are no calls. Apart from the calls, since phones that register
    /// every minute would push these out.
    /// </summary>
    public int OtherExchanges { get; init; } = 500;

    /// <summary>Messages of one exchange: a long call is refreshed for hours. The first and the last ones are kept.</summary>
    public int MessagesPerExchange { get; init; } = 100;

    /// <summary>Octets of the messages of all calls together, and as many again of other exchanges; the oldest go first.</summary>
    public int Octets { get; init; } = 32 * 1024 * 1024;

    /// <summary>Octets that a live capture may be ahead of whoever reads it: some seconds of a thousand calls per second.</summary>
    public int CaptureOctets { get; init; } = 16 * 1024 * 1024;
}
