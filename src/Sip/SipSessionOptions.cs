namespace UnifiedMsg.Sip;

/// <summary>How calls are kept alive (RFC 4028) and announced (RFC 3262).</summary>
public sealed record SipSessionOptions
{
    /// <summary>
    /// How long a call lasts without a refresh: the session interval that we ask for, and the longest that we agree to. Half an hour is
    /// what RFC 4028 §4 recommends: a call whose other side has vanished without a word is found then, and refreshes cost nothing. Zero
    /// asks for none, and agrees to what others ask for.
    /// </summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1800);

    /// <summary>The shortest interval that we agree to (Min-SE); shorter ones are refused with 422. RFC 4028 §5 allows none below 90 s,
    /// lest refreshes become a load.</summary>
    public TimeSpan Minimum { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>
    /// Whether provisional responses must be acknowledged (RFC 3262): then a caller that can't is refused with 421. Off, since many phones
    /// can't; those that can get early media reliably in any case.
    /// </summary>
    public bool RequireReliableProvisionals { get; init; }
}
