using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Calls;

/// <summary>RFC 4028: what the two sides of a call have agreed on.</summary>
/// <param name="Seconds">How long the session lasts without a refresh.</param>
/// <param name="WeRefresh">Whether the refreshes are ours to send.</param>
internal readonly record struct SessionInterval(uint Seconds, bool WeRefresh)
{
    /// <summary>The option tag.</summary>
    public const string Extension = "timer";

    /// <summary>RFC 4028 §4: no session is shorter, in seconds. Who asks for less, and can't be told so, would have us refresh without end.</summary>
    private const uint Shortest = 90;

    /// <summary>RFC 4028 §10: how long before its end a session that was not refreshed is ended.</summary>
    public static uint EndsBefore(uint seconds) => Math.Min(32, seconds / 3);

    /// <summary>RFC 4028 §9: refuses an interval that is too short, when the other side can be told so, and what can't be read.</summary>
    public static SipResponse? Refusal(ServerTransaction transaction, SipSessionOptions options)
    {
        var request = transaction.Request;
        if (request.Headers[SipHeaderNames.SessionExpires] is { } text)
        {
            if (!SessionExpiresHeader.TryParse(text, out var asked))
                return request.CreateResponse(400, "Bad Session-Expires", transaction.LocalTag);
            if (asked.Seconds < options.Minimum.TotalSeconds && Capabilities.Knows(request, Extension))
                return Capabilities.With(request.CreateResponse(422, null, transaction.LocalTag), SipHeaderNames.MinSE, Text(options.Minimum));
        }
        return request.Headers[SipHeaderNames.MinSE] is { } minimum && !SessionExpiresHeader.TryParseMinimum(minimum, out _)
            ? request.CreateResponse(400, "Bad Min-SE", transaction.LocalTag)
            : null;
    }

    /// <summary>RFC 4028 §9: answers what a request asks for, in its 2xx. Null when the session has no end.</summary>
    /// <param name="request">The INVITE or UPDATE, which was not refused.</param>
    /// <param name="response">Its 2xx, which gets the header.</param>
    /// <param name="options">Our wishes.</param>
    /// <param name="current">What holds now; the roles stay as they are unless the request changes them.</param>
    public static SessionInterval? Answer(SipRequest request, SipResponse response, SipSessionOptions options, SessionInterval? current)
    {
        var known = Capabilities.Knows(request, Extension);
        var wish = (uint)options.Interval.TotalSeconds;
        uint seconds;
        var refresher = SessionRefresher.Open;
        if (SessionExpiresHeader.TryParse(request.Headers[SipHeaderNames.SessionExpires], out var asked))
        {
            // It may be made shorter, never longer, and not below what the other side bears.
            seconds = Math.Max(Shortest, wish == 0 ? asked.Seconds : Math.Min(asked.Seconds, Math.Max(wish, MinimumOf(request, options))));
            refresher = asked.Refresher;
        }
        else if (known && wish > 0)
            seconds = Math.Max(wish, MinimumOf(request, options));
        else
            return null;
        // Who does not know of session timers can't refresh: some proxy has asked (RFC 4028 §9, table 2).
        if (!known)
            refresher = SessionRefresher.Server;
        else if (refresher == SessionRefresher.Open)
            refresher = current is { WeRefresh: true } ? SessionRefresher.Server : SessionRefresher.Client;
        response.Headers[SipHeaderNames.SessionExpires] = new SessionExpiresHeader(seconds, refresher).ToString();
        if (refresher == SessionRefresher.Client)
            response.Headers.Add(SipHeaderNames.Require, Extension);
        return new SessionInterval(seconds, refresher == SessionRefresher.Server);
    }

    /// <summary>RFC 4028 §7.1, §7.4: asks for an interval in a request of ours. Within a call the roles stay.</summary>
    /// <param name="request">The INVITE or UPDATE.</param>
    /// <param name="options">Our wishes.</param>
    /// <param name="minimum">The highest Min-SE that a 422 has told us; zero when none has.</param>
    /// <param name="current">What holds now.</param>
    public static void AddTo(SipRequest request, SipSessionOptions options, uint minimum, SessionInterval? current)
    {
        var seconds = Math.Max(current?.Seconds ?? (uint)options.Interval.TotalSeconds, minimum);
        if (seconds == 0)
            return;
        var refresher = current is null ? SessionRefresher.Open : current.Value.WeRefresh ? SessionRefresher.Client : SessionRefresher.Server;
        request.Headers[SipHeaderNames.SessionExpires] = new SessionExpiresHeader(seconds, refresher).ToString();
        if (minimum > 0)
            request.Headers[SipHeaderNames.MinSE] = $"{minimum}";
    }

    /// <summary>RFC 4028 §7.2: what the 2xx to a request of ours says. One that goes below the minimum of the RFC is taken for that.</summary>
    public static SessionInterval? Of(SipResponse answer, SipSessionOptions options) =>
        SessionExpiresHeader.TryParse(answer.Headers[SipHeaderNames.SessionExpires], out var told)
            ? new SessionInterval(Math.Max(told.Seconds, (uint)options.Minimum.TotalSeconds), told.Refresher != SessionRefresher.Server)
            : null;

    /// <summary>RFC 4028 §7.3: the Min-SE of a 422, when it asks for more than we offered.</summary>
    public static bool TryRaise(SipResponse refusal, ref uint minimum)
    {
        if (refusal.Status != 422 || !SessionExpiresHeader.TryParseMinimum(refusal.Headers[SipHeaderNames.MinSE], out var wanted) || wanted <= minimum)
            return false;
        minimum = wanted;
        return true;
    }

    private static uint MinimumOf(SipRequest request, SipSessionOptions options) => Math.Max((uint)options.Minimum.TotalSeconds,
        SessionExpiresHeader.TryParseMinimum(request.Headers[SipHeaderNames.MinSE], out var theirs) ? theirs : 0);

    private static string Text(TimeSpan time) => $"{(uint)time.TotalSeconds}";
}
