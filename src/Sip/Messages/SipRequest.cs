namespace UnifiedMsg.Sip.Messages;

/// <summary>A request.</summary>
/// <param name="method">The method, in upper case.</param>
/// <param name="uri">The Request-URI.</param>
public sealed class SipRequest(string method, SipUri uri) : SipMessage
{
    /// <summary>The method.</summary>
    public string Method { get; } = method;

    /// <summary>The Request-URI.</summary>
    public SipUri Uri { get; internal set; } = uri;

    /// <summary>Who sent it, when that was proved by digest authentication; else null.</summary>
    public string? AuthenticatedUser { get; internal set; }

    /// <summary>The user part of the Contact that the request gets when its way is known; null for that of the endpoint, where one is needed.</summary>
    internal string? ContactUser { get; init; }

    /// <summary>Where it goes whatever Route says: a strict router that stands in the Request-URI (RFC 3261 §12.2.1.1); else null.</summary>
    internal SipUri? StrictRouter { get; set; }

    /// <summary>
    /// A response to this request with what RFC 3261 §8.2.6.2 copies: Via, From, To, Call-ID, CSeq (and Timestamp into a 100).
    /// </summary>
    /// <param name="status">100 to 699.</param>
    /// <param name="reason">Null for the usual phrase.</param>
    /// <param name="toTag">Added to To when it has none; every response but 100 needs one.</param>
    public SipResponse CreateResponse(int status, string? reason = null, string? toTag = null)
    {
        var response = new SipResponse(status, reason);
        response.Headers.CopyFrom(Headers, SipHeaderNames.Via);
        if (status == 100)
            response.Headers.CopyFrom(Headers, SipHeaderNames.Timestamp);
        response.Headers.CopyFrom(Headers, SipHeaderNames.From);
        if (toTag is not null && To is { Tag: null } && Headers[SipHeaderNames.To] is { } text)
            response.Headers.Add(SipHeaderNames.To, Tagged(text, toTag));
        else
            response.Headers.CopyFrom(Headers, SipHeaderNames.To);
        response.Headers.CopyFrom(Headers, SipHeaderNames.CallId);
        response.Headers.CopyFrom(Headers, SipHeaderNames.CSeq);
        return response;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Method} {Uri}";

    // The text of the caller is kept as it is; a tag can follow either form, since the parameters of a bare address are the header's.
    internal static string Tagged(string to, string tag) => to.TrimEnd(' ', '\t', ';') + ";tag=" + tag;
}
