namespace UnifiedMsg.Sip;

/// <summary>How ways to peers that we opened are kept open, and connections found dead (RFC 5626 §4.4).</summary>
public sealed record SipKeepAliveOptions
{
    /// <summary>The longest wait between two pings over a stream; each wait is chosen from four fifths of it up (RFC 5626 §4.4.1). Zero for
    /// none. WebSockets have pings of their own.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>
    /// The longest wait between two line breaks by UDP to a server that holds a registration of ours; each wait is chosen from four fifths of
    /// it up. Zero for none. Address translations forget a path after 30 s and more (RFC 4787 §4.3 asks for two minutes, few keep to it).
    /// </summary>
    public TimeSpan DatagramInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the answer to a ping may take (RFC 5626 §4.4.1).</summary>
    public TimeSpan PongTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
