using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Requests;

/// <summary>Where a request goes after it was sent on.</summary>
/// <param name="Uri">The Request-URI.</param>
/// <param name="Proxy">The proxy that it has to go through (RFC 3261 §21.3.4); null for none.</param>
/// <param name="Headers">What the URI asks to be added.</param>
internal sealed record RequestTarget(SipUri Uri, SipUri? Proxy = null, IReadOnlyList<SipHeader>? Headers = null);

/// <summary>
/// The targets of one request that is sent on with 3xx (RFC 3261 §8.1.3.4): each once, whoever names it and however often, so that no loop
/// of redirects has a second round.
/// </summary>
/// <param name="first">The Request-URI that it began with.</param>
/// <param name="method">The method of the request.</param>
/// <param name="limit">How many further targets may come, over all redirects.</param>
internal sealed class TargetSet(SipUri first, string method, int limit)
{
    private readonly List<RequestTarget> _waiting = [];
    private readonly List<RequestTarget> _known = [new(first)];

    /// <summary>Where the request goes now.</summary>
    public RequestTarget Current { get; private set; } = new(first);

    /// <summary>
    /// What there is to report when nobody is left: the last answer. That somebody could not be reached is one only when nobody has refused.
    /// </summary>
    public SipResponse? Answer { get; private set; }

    /// <summary>The current target has refused; whether there is another one to ask.</summary>
    public bool MoveOn(SipResponse response)
    {
        if (Answer is null || !response.IsLocal || IsRedirect(Answer))
            Answer = response;
        if (IsRedirect(response))
            Add(response);
        // A refusal for everybody (6xx) is the end, and so is what our own CANCEL has led to.
        if (_waiting.Count == 0 || response.Status is < 300 or 487 or >= 600)
            return false;
        Current = _waiting[0];
        _waiting.RemoveAt(0);
        return true;
    }

    // RFC 3261 §21.3.5: the alternative of a 380 is described in its body, for people.
    private static bool IsRedirect(SipResponse response) => response.Status is >= 300 and < 400 and not 380;

    // Those of a redirect come before what is left of the one before, which they stand for; among themselves by q (§20.10).
    private void Add(SipResponse response)
    {
        var contacts = new List<(double Preference, RequestTarget Target)>();
        foreach (var text in response.Headers.Values(SipHeaderNames.Contact))
        {
            if (NameAddress.TryParse(text, out var contact) && contact.TryPreference(out var preference)
                && TargetOf(contact.Uri, response.Status == 305) is { } target && TryRemember(target))
                contacts.Add((preference, target));
        }
        _waiting.InsertRange(0, contacts.OrderByDescending(c => c.Preference).Select(c => c.Target));
    }

    private RequestTarget? TargetOf(SipUri contact, bool proxy)
    {
        // What was to be safe on its whole way is not sent on by one that is not (RFC 3261 §26.2.2).
        if (!contact.IsSip || (Current.Uri.Scheme == "sips" && contact.Scheme != "sips"))
            return null;
        if (proxy)
            return Current with { Proxy = contact.WithoutHeaders() };
        // RFC 3261 §19.1.1: a Request-URI has neither headers nor a method.
        return contact.Parameters["method"] is { } other && other != method
            ? null
            : new RequestTarget(contact.WithoutHeaders().WithoutParameter("method"), null, ContactHeaders.Of(contact));
    }

    private bool TryRemember(RequestTarget target)
    {
        if (_known.Count > limit || _known.Exists(k => k.Uri.IsSameAs(target.Uri) && IsSame(k.Proxy, target.Proxy)))
            return false;
        _known.Add(target);
        return true;
    }

    private static bool IsSame(SipUri? a, SipUri? b) => a is null ? b is null : b is not null && a.IsSameAs(b);
}
