namespace UnifiedMsg.Sip;

/// <summary>How connections that we opened are kept open and found dead (RFC 5626 §4.4).</summary>
public sealed record SipKeepAliveOptions
{
    /// <summary>The longest wait between two pings over a stream; each wait is chosen from four fifths of it up (RFC 5626 §4.4.1). Zero for
    /// none. WebSockets have pings of their own.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How long the answer to a ping may take (RFC 5626 §4.4.1).</summary>
    public TimeSpan PongTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
