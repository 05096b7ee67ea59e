using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Transactions;

/// <summary>RFC 3261 §17.1.3: our own branch, and the method, since CANCEL shares the branch of its INVITE.</summary>
internal readonly record struct ClientKey(string Branch, string Method);

/// <summary>RFC 3261 §17.2.3: branch, sent-by and method; an ACK has the key of its INVITE.</summary>
internal readonly record struct ServerKey(string Branch, string SentBy, int Port, string Method)
{
    public static ServerKey Of(SipRequest request, string method)
    {
        var via = request.TopVia!;
        return via.HasMagicCookie
            ? new ServerKey(via.Branch!, via.Host.ToLowerInvariant(), via.Port ?? TransportNames.DefaultPortOf(via.Transport), method)
            : new ServerKey(Ancient(request), "", 0, method);
    }

    public static ServerKey Of(SipRequest request) =>
        Of(request, request.Method == SipMethods.Ack ? SipMethods.Invite : request.Method);

    // Elements of RFC 2543 have no branch that could be relied on: Request-URI, From tag, Call-ID, CSeq number and top Via say it.
    private static string Ancient(SipRequest request) => string.Join('\n',
        request.Uri, request.From!.Tag, request.CallId, request.CSeq!.Value.Number, request.TopVia);
}

/// <summary>RFC 3261 §8.2.2.2: a request that came here by two ways has the same of these and another transaction.</summary>
internal readonly record struct MergeKey(string CallId, string FromTag, uint CSeq, string Method)
{
    public static MergeKey Of(SipRequest request) =>
        new(request.CallId!, request.From!.Tag ?? "", request.CSeq!.Value.Number, request.Method);
}
