using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Calls;

/// <summary>A call that came to us.</summary>
public interface IIncomingCall : ICall
{
    /// <summary>The session description of the INVITE; null when it had none, so that our answer is the offer.</summary>
    string? Offer { get; }

    /// <summary>Tells the caller that it rings: 180, or another status from 101 to 199, with early media when there is a session.</summary>
    Task RingAsync(int status = 180, string? session = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Answers with 200, sent again until it is acknowledged. Done when the answer is on its way; false when the call was over
    /// before, for instance because the caller gave up.
    /// </summary>
    Task<bool> AnswerAsync(string session, CancellationToken cancellationToken = default);

    /// <summary>
    /// Done when the caller acknowledged the answer, with the session description of the ACK (the answer to our late offer) or
    /// null; cancelled when the call ended without.
    /// </summary>
    Task<string?> Acknowledged { get; }

    /// <summary>Refuses the call. Nothing happens when it was answered or is over.</summary>
    Task RejectAsync(int status, string? reason = null, IReadOnlyList<SipHeader>? headers = null, CancellationToken cancellationToken = default);
}
