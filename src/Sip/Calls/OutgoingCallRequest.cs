using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Calls;

/// <summary>A call to place.</summary>
public sealed record OutgoingCallRequest
{
    /// <summary>Whom to call.</summary>
    public required SipUri Target { get; init; }

    /// <summary>Who calls; a tag is added.</summary>
    public required NameAddress From { get; init; }

    /// <summary>To, when it differs from the target.</summary>
    public NameAddress? To { get; init; }

    /// <summary>The offer; null lets the other side offer, and <see cref="LateOffer"/> answer.</summary>
    public SipBody? Offer { get; init; }

    /// <summary>Answers the offer of the other side when <see cref="Offer"/> is null, or was refused for its size or type.</summary>
    public SessionOfferHandler? LateOffer { get; init; }

    /// <summary>Further headers, such as Diversion.</summary>
    public IReadOnlyList<SipHeader> Headers { get; init; } = [];

    /// <summary>Name and password for 401 and 407; null when there are none.</summary>
    public SipCredentials? Credentials { get; init; }

    /// <summary>Told every provisional response but 100; runs on the thread that receives, so it must be short.</summary>
    public Action<SipResponse>? OnProvisional { get; init; }

    /// <summary>
    /// Given the call as it is before its answer, at each response in its dialog: <see cref="ICall.RemoteSession"/> tells whose early media
    /// to listen to (RFC 3960), and <see cref="ICall.OfferHandler"/> may be set. A call that forks has one such call per phone that rings,
    /// and the one that answers is the call. Runs on the thread that receives, so it must be short.
    /// </summary>
    public Action<ICall>? OnEarly { get; init; }

    /// <summary>What the CANCEL gives as a reason when the call is given up (RFC 3326), such as that somebody else has answered.</summary>
    public ReasonHeader? CancelReason { get; init; }

    /// <summary>Told the call before the answer is acknowledged, so that its handlers are there when the other side offers again at once,
    /// as a phone system does that takes itself out of the audio. Runs once, and must be short.</summary>
    public Action<IOutgoingCall>? OnAnswered { get; init; }

    /// <summary>Call-ID to use; null makes one.</summary>
    public string? CallId { get; init; }

    /// <summary>Where the INVITE goes first; null: as the options of the endpoint say.</summary>
    public SipUri? OutboundProxy { get; init; }
}
