using System.Net;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Subscriptions;

/// <summary>Somebody asks for notifications.</summary>
/// <param name="Request">The SUBSCRIBE.</param>
/// <param name="Package">The event package of its Event header, without parameters.</param>
/// <param name="Expires">How long it is to last; zero asks for the state once.</param>
/// <param name="RemoteEndPoint">Where it came from.</param>
public sealed record SubscribeRequest(SipRequest Request, string Package, TimeSpan Expires, IPEndPoint RemoteEndPoint)
{
    /// <summary>Whose state: the Request-URI.</summary>
    public SipUri Target => Request.Uri;

    /// <summary>Who asks. Not proved by anything but the peer that sent it.</summary>
    public NameAddress From => Request.From!;

    /// <summary>Whether the subscriber reads bodies of this type; without Accept it reads those of the package (RFC 6665 §3.1.3).</summary>
    public bool Accepts(string mediaType) => !Request.Headers.Contains(SipHeaderNames.Accept)
        || Request.Headers.Values(SipHeaderNames.Accept).Select(range => range.Split(';', 2)[0].Trim()).Any(range =>
            range == "*/*" || range.Equals(mediaType, StringComparison.OrdinalIgnoreCase)
            || range.Equals(mediaType.Split('/')[0] + "/*", StringComparison.OrdinalIgnoreCase));
}

/// <summary>Gives the present state for a NOTIFY; null for a NOTIFY without a body.</summary>
public delegate ValueTask<SipBody?> SubscriptionState(CancellationToken cancellationToken);

/// <summary>What to do with a subscription.</summary>
public sealed class SubscribeAnswer
{
    private SubscribeAnswer(int status) => Status = status;

    /// <summary>200, or the status to refuse with.</summary>
    public int Status { get; }

    /// <summary>How long it lasts: never longer than was asked for.</summary>
    public TimeSpan Expires { get; private init; }

    internal SubscriptionState? State { get; private init; }

    internal Action<INotifierSubscription>? Started { get; private init; }

    /// <summary>Accepts.</summary>
    /// <param name="expires">The longest it may last; the shorter one of this and what was asked for holds.</param>
    /// <param name="state">Asked before each NOTIFY, so that a NOTIFY that waited tells the newest state.</param>
    /// <param name="started">Given the subscription before its first NOTIFY is sent.</param>
    public static SubscribeAnswer Accept(TimeSpan expires, SubscriptionState state, Action<INotifierSubscription>? started = null) =>
        new(200) { Expires = expires, State = state, Started = started };

    /// <summary>Refuses, for instance with 489 (unknown event), 404, 403, 423 (too short).</summary>
    public static SubscribeAnswer Refuse(int status) => new(status);
}
