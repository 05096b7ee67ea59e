using System.Globalization;
using System.Threading.Channels;
using UnifiedMsg.Sip.Dialogs;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Subscriptions;

/// <summary>The subscriber's side (RFC 6665 §4.1). Forks are not followed: the first dialog is the one.</summary>
internal sealed class SubscriberSubscription : ISubscription, IDialogUser
{
    /// <summary>NOTIFYs that wait to be read; the state is in the newest, so the oldest go.</summary>
    private const int MaxWaiting = 64;

    private readonly Channel<SipRequest> _notifications =
        Channel.CreateBounded<SipRequest>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest });

    private readonly UserAgentCore _core;
    private readonly SubscriptionOrder _order;
    private readonly SipRequest _subscribe;
    private readonly DialogKey _pending;
    private readonly Lock _sync = new();
    private readonly ITimer _refresh;
    private Dialog? _dialog;
    private bool _over;

    private SubscriberSubscription(UserAgentCore core, SubscriptionOrder order, SipRequest subscribe)
    {
        _core = core;
        _order = order;
        _subscribe = subscribe;
        _pending = DialogKey.Pending(subscribe.CallId!, subscribe.From!.Tag!);
        _refresh = core.Time.CreateTimer(static s => ((SubscriberSubscription)s!).Refresh(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // RFC 6665 §4.4.1: a NOTIFY may overtake the response, so the dialog is expected before the request goes out.
        core.Dialogs.Add(_pending, this);
    }

    public ChannelReader<SipRequest> Notifications => _notifications.Reader;

    public static async Task<SubscriptionResult> StartAsync(
        UserAgentCore core, SipEndpoint endpoint, SubscriptionOrder order, CancellationToken cancellationToken)
    {
        var first = endpoint.CreateRequest(SipMethods.Subscribe, order.Target, order.From);
        AddHeaders(first, order, order.Expires);
        var subscription = new SubscriberSubscription(core, order, first);
        SipResponse? response = null;
        try
        {
            response = await endpoint.SendAsync(first, order.Credentials, cancellationToken);
        }
        finally
        {
            if (response is not { IsSuccess: true })
                subscription.End();
        }
        if (!response.IsSuccess)
            return new SubscriptionResult(null, response);
        subscription.OnAccepted(response);
        return new SubscriptionResult(subscription, response);
    }

    public Task UnsubscribeAsync(CancellationToken cancellationToken = default) => SubscribeAsync(TimeSpan.Zero, cancellationToken);

    public void OnRequest(ServerTransaction transaction)
    {
        var request = transaction.Request;
        if (request.Method != SipMethods.Notify || !IsOurEvent(request))
        {
            transaction.Respond(request.Method == SipMethods.Notify ? 489 : 481);
            return;
        }
        if (Adopt(request, transaction) is not { } dialog || !dialog.AcceptsSequence(request.CSeq!.Value.Number))
        {
            transaction.Respond(500, "Out Of Order");
            return;
        }
        dialog.Refresh(request);
        transaction.Respond(200);
        _notifications.Writer.TryWrite(request);
        if (request.Headers[SipHeaderNames.SubscriptionState]?.StartsWith("terminated", StringComparison.OrdinalIgnoreCase) == true)
            End();
    }

    public void OnAck(SipRequest ack)
    {
    }

    public async ValueTask DisposeAsync()
    {
        bool over;
        lock (_sync)
            over = _over;
        if (!over)
            await UnsubscribeAsync();
        End();
    }

    private static void AddHeaders(SipRequest request, SubscriptionOrder order, TimeSpan expires)
    {
        request.Headers.Add(SipHeaderNames.Event, order.Package);
        request.Headers.Add(SipHeaderNames.Accept, order.Accept);
        request.Headers.Add(SipHeaderNames.Expires, ((long)expires.TotalSeconds).ToString(CultureInfo.InvariantCulture));
    }

    private bool IsOurEvent(SipRequest notify) =>
        notify.Headers[SipHeaderNames.Event]?.Split(';', 2)[0].Trim().Equals(_order.Package, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The dialog of a NOTIFY; one that came before the response makes it.</summary>
    private Dialog? Adopt(SipRequest notify, ServerTransaction transaction)
    {
        lock (_sync)
        {
            if (_dialog is null && !_over)
            {
                _dialog = Dialog.OfNotify(_subscribe, notify, transaction.Flow);
                _core.Dialogs.Add(_dialog.Key, this);
            }
            return _dialog?.Key == DialogKey.Of(notify) ? _dialog : null;
        }
    }

    private void OnAccepted(SipResponse response)
    {
        lock (_sync)
        {
            if (_dialog is null && !_over)
            {
                // The dialog knows its peer by the response; requests go where the Contact says, not by the way of the SUBSCRIBE.
                _dialog = Dialog.OfClient(_subscribe, response, null);
                _core.Dialogs.Add(_dialog.Key, this);
            }
            // With credentials, the accepted SUBSCRIBE was not the first one.
            _dialog?.Follow(response.CSeq!.Value.Number);
        }
        var granted = SipGrammar.TryNumber(response.Headers[SipHeaderNames.Expires], uint.MaxValue, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : _order.Expires;
        ScheduleRefresh(granted);
    }

    private void ScheduleRefresh(TimeSpan granted)
    {
        lock (_sync)
        {
            if (!_over && granted > TimeSpan.Zero)
                _refresh.Change(granted * 0.75, Timeout.InfiniteTimeSpan);
        }
    }

    private void Refresh() => _ = SubscribeAsync(_order.Expires, CancellationToken.None);

    private async Task SubscribeAsync(TimeSpan expires, CancellationToken cancellationToken)
    {
        Dialog? dialog;
        lock (_sync)
            dialog = _over ? null : _dialog;
        if (dialog is null)
            return;
        var response = await _core.SendAsync(() => Create(dialog, expires), dialog.Flow, _order.Credentials, cancellationToken);
        if (!response.IsSuccess)
            End();
        else if (expires > TimeSpan.Zero)
            ScheduleRefresh(expires);
    }

    private SipRequest Create(Dialog dialog, TimeSpan expires)
    {
        var request = dialog.CreateRequest(SipMethods.Subscribe);
        AddHeaders(request, _order, expires);
        return request;
    }

    private void End()
    {
        lock (_sync)
        {
            if (_over)
                return;
            _over = true;
        }
        _refresh.Dispose();
        _core.Dialogs.Remove(_pending, this);
        if (_dialog is { } dialog)
            _core.Dialogs.Remove(dialog.Key, this);
        _notifications.Writer.TryComplete();
    }
}
