using System.Globalization;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Registration;

/// <summary>When a registration is sent again.</summary>
internal static class RegistrationTiming
{
    /// <summary>A server that grants almost nothing is asked again no more often than this.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    /// <summary>A server that has forgotten us hears of us again within a day, whatever it granted.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>
    /// RFC 3261 §10.2.4: before it ends. Between 75 % and 90 % of the time granted, so that many that began together don't stay together,
    /// and so that a refresh which is lost can go out again for 32 s (RFC 3261 §17.1.2.2) when the time is long.
    /// </summary>
    public static TimeSpan Refresh(TimeSpan granted, Random random) => Max((granted < Longest ? granted : Longest) * (0.75 + (0.15 * random.NextDouble())), Shortest);

    /// <summary>
    /// RFC 5626 §4.5: the upper bound doubles from base-time with each failure up to max-time; the wait is between half of it and all. A
    /// server that says <c>Retry-After</c> is left alone for so long at least, within max-time.
    /// </summary>
    public static TimeSpan BackOff(RegistrationOrder order, int failures, TimeSpan? retryAfter, Random random)
    {
        var bound = order.BackOffBase * Math.Pow(2, Math.Min(failures - 1, 20));
        if (bound > order.BackOffMax)
            bound = order.BackOffMax;
        var wait = bound * (0.5 + (0.5 * random.NextDouble()));
        var asked = retryAfter is { } after && after < order.BackOffMax ? after : retryAfter is null ? TimeSpan.Zero : order.BackOffMax;
        return Max(Max(wait, asked), Shortest);
    }

    /// <summary>
    /// RFC 3261 §10.2.1.1: what the server says about our Contact; else its Expires; else what we asked for. Our Contact may have come
    /// back in another form, when something on the way translates addresses: then a single one is ours.
    /// </summary>
    public static TimeSpan Granted(SipResponse response, SipUri? ours, TimeSpan asked)
    {
        var contacts = response.Headers.Values(SipHeaderNames.Contact)
            .Select(text => NameAddress.TryParse(text, out var address) ? address : null).OfType<NameAddress>().ToList();
        var contact = contacts.Find(c => ours is not null && c.Uri.IsSameAs(ours)) ?? (contacts.Count == 1 ? contacts[0] : null);
        var text = contact?.Parameters["expires"] ?? response.Headers[SipHeaderNames.Expires];
        return SipGrammar.TryNumber(text, uint.MaxValue, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : asked;
    }

    public static string Seconds(TimeSpan time) => ((long)time.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
