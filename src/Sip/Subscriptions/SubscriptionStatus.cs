using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Subscriptions;

/// <summary>What Subscription-State of a NOTIFY says (RFC 6665 §4.1.3, §8.4).</summary>
/// <param name="State">In lower case: active, pending, terminated, or an extension.</param>
/// <param name="Expires">What is left of the subscription; null when it is not told.</param>
/// <param name="Reason">
/// Why it was terminated, in lower case: after <c>deactivated</c> and <c>timeout</c> one may subscribe again at once, after
/// <c>probation</c> and <c>giveup</c> later, after <c>rejected</c>, <c>noresource</c> and <c>invariant</c> not at all. Null when it is not told.
/// </param>
/// <param name="RetryAfter">How long to wait before subscribing again; null when it is not told.</param>
public sealed record SubscriptionStatus(string State, TimeSpan? Expires, string? Reason, TimeSpan? RetryAfter)
{
    /// <summary>Whether it is over.</summary>
    public bool IsTerminated => State == "terminated";

    /// <summary>Reads the header.</summary>
    public static bool TryParse(string? text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SubscriptionStatus? status)
    {
        status = null;
        if (text is null)
            return false;
        var semicolon = text.IndexOf(';');
        var state = SipGrammar.Trim(semicolon < 0 ? text : text.AsSpan(0, semicolon));
        if (!SipGrammar.IsToken(state) || !SipParameters.TryParse(semicolon < 0 ? default : text.AsSpan(semicolon), uri: false, out var parameters))
            return false;
        status = new SubscriptionStatus(state.ToString().ToLowerInvariant(), Seconds(parameters["expires"]),
            parameters["reason"]?.ToLowerInvariant(), Seconds(parameters["retry-after"]));
        return true;
    }

    private static TimeSpan? Seconds(string? text) => SipGrammar.TryNumber(text, uint.MaxValue, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;
}
