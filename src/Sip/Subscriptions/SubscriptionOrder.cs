using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Subscriptions;

/// <summary>A subscription to ask for.</summary>
public sealed record SubscriptionOrder
{
    /// <summary>Whose state.</summary>
    public required SipUri Target { get; init; }

    /// <summary>Who asks.</summary>
    public required NameAddress From { get; init; }

    /// <summary>The event package, such as <c>message-summary</c>.</summary>
    public required string Package { get; init; }

    /// <summary>The media type wanted.</summary>
    public string Accept { get; init; } = MessageWaitingSummary.MediaType;

    /// <summary>How long; refreshed in time until <see cref="ISubscription.UnsubscribeAsync"/>.</summary>
    public TimeSpan Expires { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Name and password, or null.</summary>
    public SipCredentials? Credentials { get; init; }
}

/// <summary>What became of a subscription.</summary>
/// <param name="Subscription">When it was accepted.</param>
/// <param name="Response">The final response.</param>
public sealed record SubscriptionResult(ISubscription? Subscription, SipResponse Response);

/// <summary>A subscription that we have with somebody.</summary>
public interface ISubscription : IAsyncDisposable
{
    /// <summary>The NOTIFY requests in their order; completed when the subscription is over. Each was answered with 200.</summary>
    System.Threading.Channels.ChannelReader<SipRequest> Notifications { get; }

    /// <summary>What the newest of them says about the subscription: how long it still lasts, or why it ended. Null before the first.</summary>
    SubscriptionStatus? Status { get; }

    /// <summary>Ends it; the last NOTIFY still comes to <see cref="Notifications"/>.</summary>
    Task UnsubscribeAsync(CancellationToken cancellationToken = default);
}
