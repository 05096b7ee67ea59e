using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registrar;
using UnifiedMsg.Sip.Subscriptions;

namespace UnifiedMsg.Voicemail.Lamp;

/// <summary>Phones at the end of the SIP endpoint.</summary>
/// <param name="endpoint">The endpoint.</param>
/// <param name="identity">Who tells them.</param>
internal sealed class LampPhones(SipEndpoint endpoint, NameAddress identity) : ILampPhones
{
    public ValueTask<IReadOnlyList<SipBinding>> FindAsync(string address, CancellationToken cancellationToken) =>
        endpoint.FindPhonesAsync(address, cancellationToken);

    public async Task NotifyAsync(SipUri target, SipBody body, CancellationToken cancellationToken) =>
        Require(await endpoint.SendAsync(Create(target, body), cancellationToken: cancellationToken));

    public async Task NotifyAsync(SipBinding phone, SipBody body, CancellationToken cancellationToken) =>
        Require(await endpoint.SendToPhoneAsync(Create(phone.Contact, body), phone, cancellationToken));

    // RFC 6665 §4.1.3 wants a Subscription-State in every NOTIFY, also in one that nobody subscribed to.
    private SipRequest Create(SipUri target, SipBody body)
    {
        var notify = endpoint.CreateRequest(SipMethods.Notify, target, identity);
        notify.Headers.Add(SipHeaderNames.Event, MessageWaitingSummary.Package);
        notify.Headers.Add(SipHeaderNames.SubscriptionState, "active");
        notify.SetBody(body);
        return notify;
    }

    private static void Require(SipResponse response)
    {
        if (response.Status >= 300) throw new IOException($"{response.Status} {response.Reason}");
    }
}
