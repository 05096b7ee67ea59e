using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Subscriptions;

/// <summary>Begins subscriptions that others ask for (RFC 6665 §4.2).</summary>
internal sealed partial class Notifier(UserAgentCore core, ISipApplication application, CancellationToken stopping)
{
    /// <summary>RFC 3842 §3.4 leaves the default to the package; an hour is what phones ask for.</summary>
    private const uint DefaultExpires = 3600;

    private readonly ConcurrentDictionary<NotifierSubscription, byte> _subscriptions = new();
    private readonly SourceCounters _sources = new(core.Options.MaxSubscriptionsPerSource);
    private int _lastId;

    public int Count => _subscriptions.Count;

    public void OnSubscribe(ServerTransaction transaction)
    {
        var request = transaction.Request;
        if (EventHeader.Of(request) is not { } wanted || !application.EventPackages.Contains(wanted.Package, StringComparer.OrdinalIgnoreCase))
            transaction.Respond(BadEvent(transaction));
        else if (TooBrief(transaction) is { } refusal)
            transaction.Respond(refusal);
        else if (Count >= core.Options.MaxSubscriptions)
            transaction.Respond(TooMany(transaction));
        else
            _ = DecideAsync(transaction, wanted.Package);
    }

    public void Remove(NotifierSubscription subscription)
    {
        if (!_subscriptions.TryRemove(subscription, out _))
            return;
        _sources.Leave(subscription.Place);
        core.Transports.Guard.EndDialog(subscription.DialogPlace);
    }

    /// <summary>Ends every subscription without a word: the phones will subscribe again when they find us gone or back.</summary>
    public void Abandon()
    {
        foreach (var subscription in _subscriptions.Keys)
            subscription.Abandon();
    }

    public static uint ExpiresOf(SipRequest request) =>
        SipGrammar.TryNumber(request.Headers[SipHeaderNames.Expires], uint.MaxValue, out var seconds) ? seconds : DefaultExpires;

    /// <summary>RFC 6665 §4.2.1.1: 423 for less than we grant, unless it is an hour or more, or nothing at all.</summary>
    public SipResponse? TooBrief(ServerTransaction transaction)
    {
        var asked = ExpiresOf(transaction.Request);
        var least = (uint)core.Options.MinSubscriptionExpires.TotalSeconds;
        return asked == 0 || asked >= Math.Min(least, DefaultExpires)
            ? null
            : Capabilities.With(transaction.Request.CreateResponse(423, null, transaction.LocalTag), SipHeaderNames.MinExpires, least.ToString());
    }

    private SipResponse BadEvent(ServerTransaction transaction)
    {
        var response = transaction.Request.CreateResponse(489, null, transaction.LocalTag);
        if (application.EventPackages.Count > 0)
            response.Headers.Add(SipHeaderNames.AllowEvents, string.Join(", ", application.EventPackages));
        return response;
    }

    private SipResponse TooMany(ServerTransaction transaction)
    {
        core.Transports.Metrics.Refused("subscriptions");
        return Capabilities.Later(transaction, 503, core.Options.RetryAfterSeconds);
    }

    private async Task DecideAsync(ServerTransaction transaction, string package)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var asked = TimeSpan.FromSeconds(ExpiresOf(transaction.Request));
            var request = new SubscribeRequest(transaction.Request, package, asked, transaction.Flow.Remote);
            var answer = await application.OnSubscribeAsync(request, stopping);
            if (answer.Status != 200)
                transaction.Respond(answer.Status == 489 ? BadEvent(transaction) : transaction.Request.CreateResponse(answer.Status, null, transaction.LocalTag));
            else
                Begin(transaction, request, answer);
        }
        catch (Exception e)
        {
            // A fault of the application ends this request only.
            Log.Failed(core.Logger, e, transaction.Request.CallId!);
            transaction.Respond(500);
        }
    }

    private void Begin(ServerTransaction transaction, SubscribeRequest request, SubscribeAnswer answer)
    {
        if (!core.Transports.Guard.TryBeginDialog(transaction.Flow, out var dialog))
        {
            transaction.Respond(Capabilities.Later(transaction, 503, core.Options.RetryAfterSeconds));
            return;
        }
        if (_sources.TryEnter(request.RemoteEndPoint.Address) is not { } place)
        {
            core.Transports.Guard.EndDialog(dialog);
            transaction.Respond(TooMany(transaction));
            return;
        }
        var id = "s" + Interlocked.Increment(ref _lastId);
        var subscription = new NotifierSubscription(core, this, id, transaction, request, answer) { Place = place, DialogPlace = dialog };
        _subscriptions[subscription] = 0;
        subscription.Accept(transaction, request.Expires);
        answer.Started?.Invoke(subscription);
        // RFC 6665 §4.2.1.2: the present state follows at once.
        subscription.Changed();
    }

    private static partial class Log
    {
        [LoggerMessage(4400, LogLevel.Error, "SUBSCRIBE {CallId}: the application failed")]
        public static partial void Failed(ILogger logger, Exception exception, string callId);
    }
}
