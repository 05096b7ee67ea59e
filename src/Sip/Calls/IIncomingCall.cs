using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Calls;

/// <summary>A call that came to us.</summary>
public interface IIncomingCall : ICall
{
    /// <summary>The session description of the INVITE; null when it had none, so that our answer is the offer.</summary>
    string? Offer { get; }

    /// <summary>
    /// The call whose place this one takes (Replaces, RFC 3891), as in an attended transfer: it is hung up when this one is answered.
    /// Null for a call that is new.
    /// </summary>
    ICall? Replaces { get; }

    /// <summary>
    /// Tells the caller that it rings: 180, or another status from 101 to 199, with early media when there is a session. A session is sent
    /// reliably where the caller can acknowledge it (RFC 3262), and everything where the caller demands it; then done when it was
    /// acknowledged. To a caller who demands that and let us offer, nothing is told without a session (RFC 3262 §5).
    /// </summary>
    Task RingAsync(int status = 180, string? session = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Answers with 200, sent again until it is acknowledged. Done when the answer is on its way; false when the call was over
    /// before, for instance because the caller gave up. After a session that was sent reliably, this one is not told again.
    /// </summary>
    Task<bool> AnswerAsync(string session, CancellationToken cancellationToken = default);

    /// <summary>
    /// Done when the caller acknowledged the answer, with the answer to our late offer (in the ACK, or in a PRACK before it) or
    /// null; cancelled when the call ended without.
    /// </summary>
    Task<string?> Acknowledged { get; }

    /// <summary>Refuses the call. Nothing happens when it was answered or is over.</summary>
    Task RejectAsync(int status, string? reason = null, IReadOnlyList<SipHeader>? headers = null, CancellationToken cancellationToken = default);
}
