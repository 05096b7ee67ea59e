using System.Net;
using System.Threading.Channels;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transfers;

namespace UnifiedMsg.Sip.Calls;

/// <summary>
/// Answers an offer that comes in the middle of a call (re-INVITE, UPDATE). A null offer asks for one of ours (late offer).
/// A null answer refuses with 488 and leaves the session as it was.
/// </summary>
/// <param name="offer">The session description offered.</param>
/// <param name="cancellationToken">Cancelled when the call ends.</param>
public delegate ValueTask<string?> SessionOfferHandler(string? offer, CancellationToken cancellationToken);

/// <summary>A call in either direction. Safe to use from several threads.</summary>
public interface ICall
{
    /// <summary>The name of the call in logs and files: short, unique within this process, made by us.</summary>
    string Id { get; }

    /// <summary>The Call-ID header.</summary>
    string CallId { get; }

    /// <summary>The INVITE that set it up.</summary>
    SipRequest Request { get; }

    /// <summary>Who calls whom, and why the call came here.</summary>
    CallParties Parties { get; }

    /// <summary>Where the signalling of the other side comes from or goes to.</summary>
    IPEndPoint RemoteEndPoint { get; }

    /// <summary>Our address as the other side reaches it: what a session description should say unless media has its own.</summary>
    IPAddress LocalAddress { get; }

    /// <summary>The last session description of the other side: its offer or answer; null before it came.</summary>
    string? RemoteSession { get; }

    /// <summary>Whether the call was answered and is not over.</summary>
    bool IsUp { get; }

    /// <summary>Cancelled when the call is over, for whatever reason.</summary>
    CancellationToken Ended { get; }

    /// <summary>Why it is over; null while it is not.</summary>
    CallEndReason? EndReason { get; }

    /// <summary>What the BYE or CANCEL that ended it gave as reasons (RFC 3326).</summary>
    IReadOnlyList<ReasonHeader> RemoteReasons { get; }

    /// <summary>Whether it ended because somebody else has taken it (RFC 3326 §3.1), so that nobody has missed it.</summary>
    bool WasAnsweredElsewhere => RemoteReasons.Any(r => r.IsAnsweredElsewhere);

    /// <summary>Keys that came by INFO (application/dtmf-relay, application/dtmf). Completed when the call ends.</summary>
    ChannelReader<DtmfKey> Keys { get; }

    /// <summary>Answers later offers of the other side; null refuses them with 488.</summary>
    SessionOfferHandler? OfferHandler { get; set; }

    /// <summary>Told the answer that came in an ACK to a late offer of ours inside the call.</summary>
    Action<string>? AnswerHandler { get; set; }

    /// <summary>Ends the call: BYE, or CANCEL, or a refusal, whatever its state asks for. Done when the other side has confirmed or can't.</summary>
    Task HangUpAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Sends a request inside the call (INFO, OPTIONS, MESSAGE …) and gives the final response. Those that change session or dialog have
    /// methods of their own.
    /// </summary>
    Task<SipResponse> SendAsync(string method, SipBody? body = null, IReadOnlyList<SipHeader>? headers = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Offers another session by re-INVITE (RFC 3261 §14): hold, resume, a new address. When both sides offer at once, it is tried again
    /// at the times of §14.1. The final response, with the answer as its body when it is 2xx; a local 491 before the call is up.
    /// </summary>
    /// <param name="offer">The offer; null lets the other side offer, and <see cref="OfferHandler"/> answer.</param>
    /// <param name="cancellationToken">Gives up with CANCEL.</param>
    Task<SipResponse> ReInviteAsync(SipBody? offer, CancellationToken cancellationToken = default);

    /// <summary>
    /// Offers another session by UPDATE (RFC 3311), which may be done before the call is up, once offer and answer were exchanged
    /// reliably. Without an offer it refreshes the call.
    /// </summary>
    Task<SipResponse> UpdateAsync(SipBody? offer = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Asks the other side to call somebody else instead of us (blind transfer: REFER, RFC 3515, RFC 5589). Done when it tells how that
    /// went, when the time is over for which it said that it would tell, or when the call ends; when it went well, we hang up.
    /// </summary>
    Task<TransferResult> TransferAsync(SipUri target, CancellationToken cancellationToken = default);

    /// <summary>
    /// Asks the other side to take our place in another call of ours (attended transfer: REFER with Replaces, RFC 3891). Done as with a
    /// blind transfer; whoever is replaced hangs the other call up.
    /// </summary>
    Task<TransferResult> TransferAsync(ICall other, CancellationToken cancellationToken = default);
}
