using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Subscriptions;
using UnifiedMsg.Sip.Transfers;

namespace UnifiedMsg.Sip;

/// <summary>
/// What stands above the stack. Each method has a default that refuses properly, so that an application implements what it wants
/// to serve. Methods run on the thread pool, never on the thread that receives.
/// </summary>
public interface ISipApplication
{
    /// <summary>
    /// Serves a call from INVITE to its end. When it returns, a call that was not answered is refused with 480, and one that is
    /// still up is hung up; when it throws, with 500.
    /// </summary>
    /// <param name="call">The call; ringing, answering and hanging up are its methods.</param>
    /// <param name="stopping">Cancelled when the endpoint drains: the application should come to an end.</param>
    Task OnCallAsync(IIncomingCall call, CancellationToken stopping) => call.RejectAsync(480, cancellationToken: stopping);

    /// <summary>Decides about a subscription (RFC 6665). The default answers 489 Bad Event.</summary>
    ValueTask<SubscribeAnswer> OnSubscribeAsync(SubscribeRequest request, CancellationToken cancellationToken) =>
        new(SubscribeAnswer.Refuse(489));

    /// <summary>Decides about a transfer that somebody asks for (REFER, RFC 3515), within a call or outside. The default declines with 603.</summary>
    ValueTask<ReferAnswer> OnReferAsync(ReferRequest request, CancellationToken cancellationToken) => new(ReferAnswer.Refuse(603));

    /// <summary>A NOTIFY that nobody subscribed to, as phones get for their lamp. The status to answer; the default is 481.</summary>
    ValueTask<int> OnUnsolicitedNotifyAsync(SipRequest notify, CancellationToken cancellationToken) => new(481);

    /// <summary>
    /// A message (RFC 3428) of one of the <see cref="MessageTypes"/>; another type is refused with 415. The status to answer: 200 when it
    /// has reached somebody, 202 when it is on its way.
    /// </summary>
    ValueTask<int> OnMessageAsync(SipRequest message, CancellationToken cancellationToken) => new(405);

    /// <summary>The media types of messages that are taken, such as <c>text/plain</c>; with none, the default, MESSAGE is refused with 405.</summary>
    IReadOnlyList<string> MessageTypes => [];

    /// <summary>A phone has registered with us that was not there before (RFC 3261 §10.3).</summary>
    /// <param name="binding">The phone.</param>
    void OnRegistered(Registrar.SipBinding binding)
    {
    }

    /// <summary>Any other request outside a dialog (PUBLISH, REFER …). Null, the default, answers 405.</summary>
    ValueTask<SipResponse?> OnRequestAsync(SipRequest request, CancellationToken cancellationToken) => new((SipResponse?)null);

    /// <summary>The event packages of which <see cref="OnSubscribeAsync"/> knows; they go into Allow-Events.</summary>
    IReadOnlyList<string> EventPackages => [];
}
