using System.Net;
using System.Text;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tracing;

/// <summary>
/// An exchange as people draw it: a column for each address, ours at the right, an arrow for each message with the time since the first
/// one, and beside it what is said about who, why and which media.
/// </summary>
public static class CallLadder
{
    /// <summary>From column to column: "183 Session Progress" and an arrow.</summary>
    private const int Gap = 30;

    /// <summary>Further addresses than these share the last column: more proxies than that take part in no call.</summary>
    private const int MaxPeers = 4;

    private static readonly string[] Telling =
    [
        SipHeaderNames.Diversion, SipHeaderNames.HistoryInfo, SipHeaderNames.PAssertedIdentity, SipHeaderNames.Privacy, SipHeaderNames.Reason,
        SipHeaderNames.ReferTo, SipHeaderNames.ReferredBy, SipHeaderNames.Replaces, SipHeaderNames.Require, SipHeaderNames.Unsupported,
        SipHeaderNames.RetryAfter, SipHeaderNames.Event, SipHeaderNames.SubscriptionState, SipHeaderNames.Expires, SipHeaderNames.SessionExpires,
        SipHeaderNames.Warning, SipHeaderNames.UserAgent,
    ];

    /// <summary>The ladder, line by line.</summary>
    /// <param name="exchange">The exchange.</param>
    /// <param name="full">Whether the whole of each message follows its arrow.</param>
    public static IEnumerable<string> Draw(TracedExchange exchange, bool full = false)
    {
        var first = exchange.Messages[0];
        yield return $"{(exchange.Id.Length > 0 ? exchange.Id + "  " : "")}Call-ID {exchange.CallId}  began {first.At:yyyy-MM-dd HH:mm:ss.fff} UTC";
        yield return "";
        List<IPEndPoint> peers = [.. exchange.Messages.Select(m => m.Remote).Distinct().Take(MaxPeers)];
        yield return Titles(peers, first.Local);
        for (var i = 0; i < exchange.Messages.Count; i++)
        {
            if (exchange.Dropped > 0 && i == exchange.Messages.Count / 2)
                yield return $"{"",10}  … {exchange.Dropped} messages in between were not kept";
            var message = exchange.Messages[i];
            var parsed = SipParser.Parse(message.Octets).Message;
            var peer = Math.Max(0, peers.IndexOf(message.Remote));
            yield return $"{(message.At - first.At).TotalMilliseconds,10:0.0}  {Arrow(message.Outgoing, peer, peers.Count, Label(parsed))}  {Details(parsed, message)}".TrimEnd();
            foreach (var line in full ? message.Text().TrimEnd().Split('\n') : [])
                yield return $"{"",12}{line.TrimEnd('\r')}";
            if (full)
                yield return "";
        }
    }

    private static string Titles(List<IPEndPoint> peers, IPEndPoint local)
    {
        var text = new StringBuilder($"{"ms",10}  ");
        foreach (var peer in peers)
            text.Append(peer.ToString().PadRight(Gap));
        return text.Append("us, ").Append(local).ToString();
    }

    private static string Arrow(bool outgoing, int peer, int peers, string label)
    {
        var text = new StringBuilder();
        for (var i = 0; i < peer; i++)
            text.Append('|').Append(' ', Gap - 1);
        var length = ((peers - peer) * Gap) - 1;
        if (label.Length > length - 6)
            label = label[..(length - 6)];
        var line = $"-- {label} ".PadRight(length - 1, '-');
        return text.Append('|').Append(outgoing ? "<" + line : line + ">").Append('|').ToString();
    }

    private static string Label(SipMessage? message) => message switch
    {
        SipRequest request => request.Method,
        SipResponse response => response.ToString(),
        _ => "(can't be read)",
    };

    private static string Details(SipMessage? message, TracedMessage traced)
    {
        List<string> parts = [];
        if (message is SipRequest request)
        {
            parts.Add(request.Uri.ToString());
            if (request.To?.Tag is null && request.Headers[SipHeaderNames.From] is { } from)
                parts.Add("from " + from);
        }
        else if (message?.CSeq is { } cseq)
            parts.Add(cseq.ToString());
        foreach (var name in Telling)
        {
            if (message?.Headers[name] is { } value)
                parts.Add($"{name}: {value}");
        }
        if (message is not null && SessionBody.Find(message) is { } session)
            parts.Add(SessionSummary.Of(session));
        if (traced.Transport != SipTransportKind.Udp)
            parts.Add(traced.Transport.ToString().ToLowerInvariant());
        return string.Join(", ", parts);
    }
}
