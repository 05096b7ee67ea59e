using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Transactions;

/// <summary>Who sent a request and waits for what comes of it. Called without any lock held.</summary>
internal interface IClientTransactionUser
{
    /// <summary>A response; of an INVITE every 2xx, also repeated ones. A local one when nobody answered (408) or nothing could be sent (503).</summary>
    void OnResponse(SipResponse response);
}

/// <summary>A request of ours, and the responses to it (RFC 3261 §17.1).</summary>
internal abstract class ClientTransaction(TransactionLayer layer, SipRequest request, SipFlow flow, IClientTransactionUser user)
    : Transaction(layer, flow)
{
    public SipRequest Request { get; } = request;

    public required ClientKey Key { get; init; }

    protected IClientTransactionUser User { get; } = user;

    protected byte[] Octets { get; } = SipMessageWriter.Write(request);

    /// <summary>Sends the request and starts the timers.</summary>
    public abstract void Start();

    /// <summary>A response whose branch and method are those of this transaction.</summary>
    public abstract void Receive(SipResponse response);

    protected SipResponse LocalResponse(int status, string reason)
    {
        var response = new SipResponse(status, reason) { IsLocal = true };
        response.Headers.CopyFrom(Request.Headers, SipHeaderNames.From);
        response.Headers.CopyFrom(Request.Headers, SipHeaderNames.To);
        response.Headers.CopyFrom(Request.Headers, SipHeaderNames.CallId);
        response.Headers.CopyFrom(Request.Headers, SipHeaderNames.CSeq);
        return response;
    }

    protected override void Forget()
    {
        Flow.Unwatch(this);
        Layer.Remove(this);
    }

    protected static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
