using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Subscriptions;

/// <summary>A subscription that somebody has with us.</summary>
public interface INotifierSubscription
{
    /// <summary>Its name in logs.</summary>
    string Id { get; }

    /// <summary>Whose state.</summary>
    SipUri Target { get; }

    /// <summary>The event package.</summary>
    string Package { get; }

    /// <summary>Cancelled when it is over: expired, unsubscribed, refused by the subscriber, or terminated here.</summary>
    CancellationToken Ended { get; }

    /// <summary>
    /// Says that the state has changed. A NOTIFY goes out at once; changes that come while one is on its way are told by a single
    /// further one.
    /// </summary>
    void Changed();

    /// <summary>Ends it with a last NOTIFY.</summary>
    /// <param name="reason">RFC 6665 §4.1.3: deactivated, probation, rejected, timeout, giveup, noresource.</param>
    Task TerminateAsync(string reason = "noresource");
}
