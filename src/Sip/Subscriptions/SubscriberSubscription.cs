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

    /// <summary>A refresh is not tried again when less than this is left.</summary>
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);

    /// <summary>A notifier that has forgotten us hears of us again within a day, whatever it granted.</summary>
    private static readonly TimeSpan LongestTrusted = TimeSpan.FromDays(1);

    private readonly Channel<SipRequest> _notifications =
        Channel.CreateBounded<SipRequest>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest });

    private readonly UserAgentCore _core;
    private readonly SubscriptionOrder _order;
    private readonly SipRequest _subscribe;
    private readonly DialogKey _pending;
    private readonly EventHeader? _event;
    private readonly Lock _sync = new();
    private readonly ITimer _refresh;
    private Dialog? _dialog;
    private TimeSpan _asked;
    private long _endsAt;
    private bool _over;

    private SubscriberSubscription(UserAgentCore core, SubscriptionOrder order, SipRequest subscribe)
    {
        _core = core;
        _order = order;
        _subscribe = subscribe;
        _event = EventHeader.Of(subscribe);
        _asked = order.Expires;
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
            if (subscription.TryLengthen(response))
            {
                first.Headers[SipHeaderNames.Expires] = Seconds(subscription._asked);
                first.Headers[SipHeaderNames.CSeq] = new CSeqHeader(response.CSeq!.Value.Number + 1, SipMethods.Subscribe).ToString();
                response = await endpoint.SendAsync(first, order.Credentials, cancellationToken);
            }
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

    public SubscriptionStatus? Status { get; private set; }

    public async Task UnsubscribeAsync(CancellationToken cancellationToken = default)
    {
        var response = await SubscribeAsync(TimeSpan.Zero, cancellationToken);
        if (response is { IsSuccess: true })
            _ = EndUnlessToldAsync();
        else
            End();
    }

    public void OnRequest(ServerTransaction transaction)
    {
        var request = transaction.Request;
        if (request.Method != SipMethods.Notify || EventHeader.Of(request) is not { } what || what != _event)
        {
            transaction.Respond(request.Method == SipMethods.Notify ? 489 : 481);
            return;
        }
        if (!SubscriptionStatus.TryParse(request.Headers[SipHeaderNames.SubscriptionState], out var status))
        {
            transaction.Respond(400, "Bad Subscription-State");
            return;
        }
        // RFC 6665 §4.1.4: the dialogs of other forks are not wanted.
        if (Adopt(request, transaction) is not { } dialog)
        {
            transaction.Respond(481);
            return;
        }
        if (!dialog.AcceptsSequence(request.CSeq!.Value.Number))
        {
            transaction.Respond(500, "Out Of Order");
            return;
        }
        dialog.Refresh(request);
        transaction.Respond(200);
        Take(request, status);
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

    // RFC 6665 §4.1.2.2: some refusals end it; with all others it lasts as long as was granted, and is worth another attempt.
    internal static TimeSpan? WaitAfter(SipResponse refusal, TimeSpan left)
    {
        var wait = refusal.RetryAfter ?? left / 2;
        return refusal.Status is 404 or 405 or 410 or 416 or (>= 480 and <= 485) or 489 or 501 or 604 || left < ShortestWait || wait > left ? null : wait;
    }

    private static void AddHeaders(SipRequest request, SubscriptionOrder order, TimeSpan expires)
    {
        request.Headers.Add(SipHeaderNames.Event, order.Package);
        request.Headers.Add(SipHeaderNames.Accept, order.Accept);
        request.Headers.Add(SipHeaderNames.Expires, Seconds(expires));
    }

    private static string Seconds(TimeSpan time) => ((long)time.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    // RFC 6665 §4.1.2.1: what was too brief is asked for once more, as long as the notifier wants it; a question stays one.
    private bool TryLengthen(SipResponse refusal)
    {
        if (refusal.Status != 423 || _asked == TimeSpan.Zero || !SipGrammar.TryNumber(refusal.Headers[SipHeaderNames.MinExpires], uint.MaxValue, out var least)
            || least <= _asked.TotalSeconds)
            return false;
        _asked = TimeSpan.FromSeconds(least);
        return true;
    }

    private void Take(SipRequest notify, SubscriptionStatus status)
    {
        Status = status;
        _notifications.Writer.TryWrite(notify);
        if (status.IsTerminated)
            End();
        // RFC 6665 §4.1.2.3: the notifier may shorten what it granted.
        else if (status.Expires is { } left)
            LastsFor(left);
    }

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
        LastsFor(GrantedIn(response));
        if (Status is null)
            _ = EndUnlessToldAsync();
    }

    // RFC 6665 §4.1.2.4, timer N: without a NOTIFY there is no subscription, and no end of one, whatever the 2xx says.
    private async Task EndUnlessToldAsync()
    {
        var before = Status;
        await Task.Delay(_core.Options.Timers.GiveUp, _core.Time);
        if (ReferenceEquals(Status, before))
            End();
    }

    // RFC 6665 §4.2.1.1: the 2xx tells how long; without it, what was asked for.
    private TimeSpan GrantedIn(SipResponse response) =>
        SipGrammar.TryNumber(response.Headers[SipHeaderNames.Expires], uint.MaxValue, out var seconds) ? TimeSpan.FromSeconds(seconds) : _asked;

    private void LastsFor(TimeSpan left)
    {
        if (left > LongestTrusted)
            left = LongestTrusted;
        lock (_sync)
        {
            _endsAt = _core.Time.After(left);
            if (!_over && left > TimeSpan.Zero)
                _refresh.Change(left * 0.75, Timeout.InfiniteTimeSpan);
        }
    }

    private void Refresh() => _ = RefreshAsync();

    private async Task RefreshAsync()
    {
        var response = await SubscribeAsync(_asked, CancellationToken.None);
        if (response is null)
            return;
        if (TryLengthen(response))
            response = await SubscribeAsync(_asked, CancellationToken.None);
        if (response is { IsSuccess: true })
            LastsFor(GrantedIn(response));
        else if (response is not null)
            OnRefreshRefused(response);
    }

    private void OnRefreshRefused(SipResponse response)
    {
        if (WaitAfter(response, _core.Time.Left(_endsAt)) is not { } wait)
        {
            End();
            return;
        }
        lock (_sync)
        {
            if (!_over)
                _refresh.Change(wait, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Null when it is over.</summary>
    private async Task<SipResponse?> SubscribeAsync(TimeSpan expires, CancellationToken cancellationToken)
    {
        Dialog? dialog;
        lock (_sync)
            dialog = _over ? null : _dialog;
        return dialog is null
            ? null
            : await _core.SendAsync(() => Create(dialog, expires), dialog.Flow, _order.Credentials, cancellationToken);
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
