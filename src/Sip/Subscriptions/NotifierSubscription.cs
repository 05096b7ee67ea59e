using System.Globalization;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Dialogs;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Subscriptions;

/// <summary>One subscription that somebody has with us: a dialog, an end in time, and at most one NOTIFY on its way.</summary>
internal sealed partial class NotifierSubscription : INotifierSubscription, IDialogUser
{
    private readonly UserAgentCore _core;
    private readonly Notifier _notifier;
    private readonly Dialog _dialog;
    private readonly SubscribeAnswer _answer;
    private readonly string _event;
    private readonly string? _eventId;
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _sync = new();
    private readonly ITimer _expiry;
    private long _expiresAt;
    private bool _dirty;
    private Task? _sending;
    private string? _lastReason;
    private bool _over;

    public NotifierSubscription(UserAgentCore core, Notifier notifier, string id, ServerTransaction transaction,
        SubscribeRequest request, SubscribeAnswer answer)
    {
        _core = core;
        _notifier = notifier;
        Id = id;
        Target = request.Target;
        Package = request.Package;
        _answer = answer;
        _event = request.Request.Headers[SipHeaderNames.Event]!;
        _eventId = EventHeader.Of(request.Request)?.Id;
        _dialog = Dialog.OfServer(transaction.Request, transaction.LocalTag, transaction.Flow);
        _expiry = core.Time.CreateTimer(static s => ((NotifierSubscription)s!).Expire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        core.Dialogs.Add(_dialog.Key, this);
        Log.Began(core.Logger, id, transaction.Request.CallId!, Package, request.From.Uri, Target);
    }

    public string Id { get; }

    /// <summary>Counts against whoever subscribed, until the end.</summary>
    public required SourceCounter Place { get; init; }

    /// <summary>The same among all dialogs that they have begun; null where nothing is counted.</summary>
    public required SourceCounter? DialogPlace { get; init; }

    public SipUri Target { get; }

    public string Package { get; }

    public CancellationToken Ended => _ended.Token;

    /// <summary>Answers a SUBSCRIBE of this dialog: the first one, a refresh, or the last one.</summary>
    public void Accept(ServerTransaction transaction, TimeSpan asked)
    {
        var granted = asked < _answer.Expires ? asked : _answer.Expires;
        lock (_sync)
        {
            _expiresAt = _core.Time.After(granted);
            if (granted <= TimeSpan.Zero)
                _lastReason = "timeout";
            else
                _expiry.Change(granted, Timeout.InfiniteTimeSpan);
        }
        var response = transaction.Request.CreateResponse(200, null, transaction.LocalTag);
        response.Headers.CopyFrom(transaction.Request.Headers, SipHeaderNames.RecordRoute);
        response.Headers.Add(SipHeaderNames.Contact, _core.ContactFor(transaction.Flow, transaction.Request));
        response.Headers.Add(SipHeaderNames.Expires, ((long)granted.TotalSeconds).ToString(CultureInfo.InvariantCulture));
        transaction.Respond(response);
    }

    public void Changed()
    {
        lock (_sync)
        {
            if (_over)
                return;
            _dirty = true;
            _sending ??= SendAllAsync();
        }
    }

    public Task TerminateAsync(string reason = "noresource")
    {
        lock (_sync)
        {
            _lastReason ??= reason;
            if (_over)
                return Task.CompletedTask;
            _dirty = true;
            return _sending ??= SendAllAsync();
        }
    }

    public void OnRequest(ServerTransaction transaction)
    {
        var request = transaction.Request;
        if (request.Method is not (SipMethods.Subscribe or SipMethods.Bye))
            transaction.Respond(Capabilities.MethodRefusal(transaction));
        else if (RefusalOf(request) is var status && status != 200)
            transaction.Respond(status, status == 500 ? "Out Of Order" : null);
        else if (_notifier.TooBrief(transaction) is { } refusal)
            transaction.Respond(refusal);
        else
        {
            _dialog.Refresh(request);
            Accept(transaction, TimeSpan.FromSeconds(Notifier.ExpiresOf(request)));
            Changed();
        }
    }

    public void OnAck(SipRequest ack)
    {
    }

    /// <summary>Ends it without a NOTIFY.</summary>
    public void Abandon()
    {
        lock (_sync)
        {
            if (_over)
                return;
            _over = true;
        }
        _expiry.Dispose(); // setting a disposed timer does nothing
        _core.Dialogs.Remove(_dialog.Key, this);
        _notifier.Remove(this);
        // It is told at once; whoever waits for the end continues on the thread pool.
        _ = _ended.CancelAsync();
    }

    // RFC 6665 §4.5.2: one dialog has one subscription; another one needs a dialog of its own.
    private int RefusalOf(SipRequest request)
    {
        if (request.Method == SipMethods.Bye)
            return 481;
        lock (_sync)
        {
            if (_over || _lastReason is not null)
                return 481;
        }
        if (EventHeader.Of(request) is not { } wanted || wanted.Package != Package)
            return 489;
        if (wanted.Id != _eventId)
            return 481;
        return _dialog.AcceptsSequence(request.CSeq!.Value.Number) ? 200 : 500;
    }

    private void Expire()
    {
        lock (_sync)
        {
            // A refresh may have come while this waited for the lock; and a timer may fire a little early.
            if (Left > TimeSpan.Zero)
            {
                _expiry.Change(_core.Time.TimerUntil(_expiresAt), Timeout.InfiniteTimeSpan);
                return;
            }
        }
        _ = TerminateAsync("timeout");
    }

    private async Task SendAllAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            while (TakeWork(out var reason))
            {
                if (!await NotifyAsync(reason) || reason is not null)
                {
                    Abandon();
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            // It ended while this waited.
        }
        catch (Exception e)
        {
            // A fault of the application ends this subscription only; the phone will find out and subscribe again.
            Log.Failed(_core.Logger, e, Id);
            Abandon();
        }
    }

    /// <summary>False when everything is told; then the next change starts anew.</summary>
    private bool TakeWork(out string? reason)
    {
        lock (_sync)
        {
            reason = _lastReason;
            var work = _dirty && !_over;
            _dirty = false;
            if (!work)
                _sending = null;
            return work;
        }
    }

    // RFC 6665 §4.2.2: a NOTIFY that is refused or not answered ends the subscription, unless the refusal says when to come again.
    private async Task<bool> NotifyAsync(string? reason)
    {
        while (true)
        {
            var body = await _answer.State!(_ended.Token);
            var response = await _core.SendAsync(() => CreateNotify(reason, body), _dialog.Flow, null, CancellationToken.None);
            if (response.IsSuccess)
                return true;
            Log.Refused(_core.Logger, Id, response.Status);
            if (response.Status == 481 || reason is not null || response.RetryAfter is not { } wait || wait > Left)
                return false;
            await Task.Delay(wait, _core.Time, _ended.Token);
        }
    }

    private TimeSpan Left => _core.Time.Left(Volatile.Read(ref _expiresAt));

    private SipRequest CreateNotify(string? reason, SipBody? body)
    {
        var left = Left.TotalSeconds;
        var request = _dialog.CreateRequest(SipMethods.Notify);
        request.Headers.Add(SipHeaderNames.Event, _event);
        request.Headers.Add(SipHeaderNames.SubscriptionState, reason is null
            ? string.Create(CultureInfo.InvariantCulture, $"active;expires={Math.Max(0, (long)Math.Round(left))}")
            : $"terminated;reason={reason}");
        request.SetBody(body);
        return request;
    }

    private static partial class Log
    {
        [LoggerMessage(4410, LogLevel.Information, "subscription {Id} ({CallId}): {Package} of {Target} for {From}")]
        public static partial void Began(ILogger logger, string id, string callId, string package, SipUri from, SipUri target);

        [LoggerMessage(4411, LogLevel.Information, "subscription {Id}: NOTIFY was answered with {Status}")]
        public static partial void Refused(ILogger logger, string id, int status);

        [LoggerMessage(4412, LogLevel.Error, "subscription {Id}: the state could not be told")]
        public static partial void Failed(ILogger logger, Exception exception, string id);
    }
}
