using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Subscriptions;

/// <summary>Event (RFC 6665 §8.2.1): the package, and which of several subscriptions of a dialog is meant.</summary>
internal readonly record struct EventHeader(string Package, string? Id)
{
    /// <summary>Null when it is missing or malformed.</summary>
    public static EventHeader? Of(SipRequest request)
    {
        if (request.Headers[SipHeaderNames.Event] is not { } text)
            return null;
        var semicolon = text.IndexOf(';');
        var package = SipGrammar.Trim(semicolon < 0 ? text : text.AsSpan(0, semicolon));
        return SipGrammar.IsToken(package) && SipParameters.TryParse(semicolon < 0 ? default : text.AsSpan(semicolon), uri: false, out var parameters)
            ? new EventHeader(package.ToString().ToLowerInvariant(), parameters["id"])
            : null;
    }
}
