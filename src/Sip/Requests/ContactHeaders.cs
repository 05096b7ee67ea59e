using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Requests;

/// <summary>
/// The headers that the URI of a redirect may add to a request of ours (RFC 3261 §19.1.5). Only what describes the call is taken: the others
/// could speak in our name, lead the request elsewhere, or promise what we can't do.
/// </summary>
internal static class ContactHeaders
{
    // RFC 7433 §4: what an application hands on to the next one; RFC 7044 §9.3: why and by whom the call was sent on.
    private static readonly string[] Taken = [SipHeaderNames.Subject, SipHeaderNames.Priority, SipHeaderNames.Reason, SipHeaderNames.HistoryInfo, "User-to-User"];

    public static IReadOnlyList<SipHeader> Of(SipUri contact) =>
    [
        .. contact.HeaderFields().Where(field => Taken.Contains(field.Name, StringComparer.OrdinalIgnoreCase)
            && field.Value.Length is > 0 and <= SipLimits.MaxHeaderLineOctets && !SipGrammar.HasStrayControl(field.Value)),
    ];
}
