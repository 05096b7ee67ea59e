using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Transactions;

/// <summary>
/// What is left of a server transaction that has answered for good and waits for 64*T1 only to meet retransmissions: at thousands of calls
/// per second there are hundred thousands of them, so that request, response and timer are gone.
/// </summary>
internal sealed class AnsweredRequest(TransactionLayer layer, ServerTransaction transaction, MergeKey? merge, byte[]? answer)
{
    private readonly SipFlow _flow = transaction.Flow;

    public ServerKey Key { get; } = transaction.Key;

    public MergeKey? Merge { get; } = merge;

    public string LocalTag { get; } = transaction.LocalTag;

    public SourceCounter? Source { get; } = transaction.Source;

    /// <summary>The request came again. A 2xx to INVITE is sent again by its user (RFC 6026 §7.1), and so is not kept here.</summary>
    public void Again()
    {
        if (answer is not null)
            _flow.Send(answer, null);
    }

    /// <summary>Timers J and L: nobody sends that request any more.</summary>
    public void Expire() => layer.Remove(this);
}
