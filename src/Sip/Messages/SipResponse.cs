namespace UnifiedMsg.Sip.Messages;

/// <summary>A response.</summary>
/// <param name="status">100 to 699.</param>
/// <param name="reason">Null for the usual phrase of that status.</param>
public sealed class SipResponse(int status, string? reason = null) : SipMessage
{
    /// <summary>The status code.</summary>
    public int Status { get; } = status;

    /// <summary>The reason phrase; it may be empty.</summary>
    public string Reason { get; } = reason ?? ReasonPhrases.For(status);

    /// <summary>Whether the status is below 200.</summary>
    public bool IsProvisional => Status < 200;

    /// <summary>Whether the status is 200 to 299.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>
    /// Whether this response was made here because none came: 408 when nobody answered in time, 503 when nothing could be sent
    /// (RFC 3261 §8.1.3.1).
    /// </summary>
    public bool IsLocal { get; init; }

    /// <summary>When to try again: the seconds of Retry-After, behind which a comment and parameters may stand (RFC 3261 §20.33).</summary>
    public TimeSpan? RetryAfter
    {
        get
        {
            var text = Headers[SipHeaderNames.RetryAfter].AsSpan();
            var end = text.IndexOfAny(" \t;(");
            return SipGrammar.TryNumber(end < 0 ? text : text[..end], uint.MaxValue, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Status} {Reason}";
}
