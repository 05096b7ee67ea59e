using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tracing;

/// <summary>What one line can say about an exchange.</summary>
internal static class ExchangeSummary
{
    public static TraceSummary Of(TracedExchange exchange)
    {
        var parsed = exchange.Messages.Select(m => (m.At, m.Outgoing, SipParser.Parse(m.Octets).Message)).ToList();
        var (began, outgoing, first) = parsed[0];
        var method = (first as SipRequest)?.Method ?? first?.CSeq?.Method ?? "";
        return new TraceSummary(
            exchange.Id, exchange.CallId, began, outgoing, method, Party(first?.From), Party(first?.To),
            Result(parsed, method), exchange.Messages.Count + exchange.Dropped);
    }

    private static string Party(NameAddress? address) => address?.Uri.User ?? address?.Uri.Host ?? "?";

    private static string Result(List<(DateTimeOffset At, bool Outgoing, SipMessage? Message)> parsed, string method)
    {
        var finals = parsed.Where(p => p.Message is SipResponse { IsProvisional: false } r && r.CSeq?.Method == method)
            .Select(p => (p.At, Response: (SipResponse)p.Message!)).ToList();
        var success = finals.FirstOrDefault(f => f.Response.IsSuccess);
        if (success.Response is null)
            return finals.Count == 0 ? "no final response" : finals[^1].Response.ToString();
        if (method != SipMethods.Invite)
            return success.Response.ToString();
        var bye = parsed.FirstOrDefault(p => p.Message is SipRequest { Method: SipMethods.Bye });
        return bye.Message is null
            ? $"{success.Response}, up"
            : $"{success.Response}, {(bye.Outgoing ? "hung up by us" : "hung up")} after {(bye.At - success.At).TotalSeconds:0.0} s";
    }
}
