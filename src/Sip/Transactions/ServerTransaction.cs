using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Transactions;

/// <summary>A request that came, and the response that it gets (RFC 3261 §17.2).</summary>
internal abstract class ServerTransaction(TransactionLayer layer, SipRequest request, SipFlow flow, ServerKey key)
    : Transaction(layer, flow)
{
    private SipFlow _way = flow;
    private bool _moved;

    public SipRequest Request { get; } = request;

    public ServerKey Key { get; } = key;

    /// <summary>The tag that every response of ours to this request carries when the request had none.</summary>
    public string LocalTag { get; } = SipIds.Tag();

    /// <summary>What a 2xx says to a client that has proved who it is (RFC 7616 §3.5); null when it has not.</summary>
    public string? AuthenticationInfo { get; set; }

    /// <summary>Counts against this address until the end.</summary>
    public SourceCounter? Source { get; init; }

    /// <summary>The status of the last response; 0 when there was none.</summary>
    public int LastStatus { get; private set; }

    protected byte[]? Last { get; private set; }

    /// <summary>The request came again.</summary>
    public abstract void Again();

    /// <summary>Sends a response; one that comes too late for the state of the transaction is dropped.</summary>
    /// <returns>Whether it was sent.</returns>
    public abstract bool Respond(SipResponse response);

    /// <summary>Sends a response that has nothing but what every response has.</summary>
    public bool Respond(int status, string? reason = null) => Respond(Request.CreateResponse(status, reason, LocalTag));

    protected void Send(SipResponse response)
    {
        Layer.Sign(response);
        if (response.IsSuccess && AuthenticationInfo is { Length: > 0 } info)
            response.Headers[SipHeaderNames.AuthenticationInfo] = info;
        LastStatus = response.Status;
        Last = SipMessageWriter.Write(response);
        _way.Send(Last, this);
    }

    protected void SendLastAgain()
    {
        if (Last is not null)
            _way.Send(Last, this);
    }

    /// <summary>
    /// RFC 3261 §18.2.2: a response whose connection is gone goes by a new one to where the sender listens. That is tried once.
    /// </summary>
    public override void SendFailed(string reason)
    {
        lock (Sync)
        {
            if (!_moved && Last is not null && Flow.IsReliable)
            {
                _moved = true;
                _ = SendElsewhereAsync();
                return;
            }
            Terminate();
        }
    }

    private async Task SendElsewhereAsync()
    {
        var way = await Layer.Router.FlowOfLostResponseAsync(Request, Flow, CancellationToken.None);
        lock (Sync)
        {
            if (way is null)
                Terminate();
            else
            {
                _way = way;
                way.Send(Last!, this);
            }
        }
    }

    protected override void Forget() => Layer.Remove(this);
}
