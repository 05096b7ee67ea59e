using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Accounts;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registrar;
using UnifiedMsg.Sip.Subscriptions;
using UnifiedMsg.Store;
using UnifiedMsg.Voicemail.DialPlans;

namespace UnifiedMsg.Voicemail.Lamp;

/// <summary>The way to phones that did not subscribe.</summary>
internal interface ILampPhones
{
    /// <summary>The phones that an account has registered with us.</summary>
    ValueTask<IReadOnlyList<SipBinding>> FindAsync(string address, CancellationToken cancellationToken);

    /// <summary>Sends a NOTIFY to a target of the dial plan.</summary>
    Task NotifyAsync(SipUri target, SipBody body, CancellationToken cancellationToken);

    /// <summary>Sends a NOTIFY to a registered phone.</summary>
    Task NotifyAsync(SipBinding phone, SipBody body, CancellationToken cancellationToken);
}

/// <summary>
/// The lamp that tells of waiting messages (RFC 3842). It follows the change feed of the store, so a message heard or read in any
/// client turns it off, and it speaks only when the counts have changed.
/// </summary>
internal sealed partial class MessageWaitingLamp : IAsyncDisposable
{
    /// <summary>A phone renews within the hour; one that is gone is forgotten after it.</summary>
    private static readonly TimeSpan LongestSubscription = TimeSpan.FromHours(1);

    /// <summary>Unsolicited notices under way at once: a phone that is off holds its place for 32 s, and the start tells everybody.</summary>
    private const int MaxNoticesAtOnce = 200;

    private const int VoiceMailBit = 1 << (int)ItemKind.VoiceMail;

    private readonly IStore _store;
    private readonly IAccounts _accounts;
    private readonly DialPlanFolder _plans;
    private readonly ILampPhones _phones;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<long, List<INotifierSubscription>> _subscriptions = [];
    private readonly Dictionary<long, KindCount> _shown = [];
    private readonly HashSet<long> _changed = [];
    private readonly Channel<long> _work = Channel.CreateUnbounded<long>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SemaphoreSlim _notices = new(MaxNoticesAtOnce);
    private readonly CancellationTokenSource _stop = new();
    private readonly IDisposable _feed;
    private readonly Task _worker;

    public MessageWaitingLamp(IStore store, IAccounts accounts, DialPlanFolder plans, ILampPhones phones, ILogger logger)
    {
        _store = store;
        _accounts = accounts;
        _plans = plans;
        _phones = phones;
        _logger = logger;
        _feed = store.Subscribe(null, OnChange);
        _worker = Task.Run(WorkAsync);
    }

    /// <summary>Tells the phones that do not subscribe how things stand: they forget when they restart, and so did we.</summary>
    public async Task ShowAllAsync(CancellationToken cancellationToken)
    {
        if (_plans.Plan.LampTargets.Count == 0) return;
        foreach (var account in await _accounts.ListAsync(cancellationToken)) Enqueue(account.Id);
    }

    /// <summary>Tells a phone that has just registered, which does not know how things stand.</summary>
    public void OnRegistered(SipBinding phone) => _ = ShowPhoneAsync(phone);

    /// <summary>Accepts a subscription to the lamp of a mailbox, found by extension or address.</summary>
    public async ValueTask<SubscribeAnswer> OnSubscribeAsync(SubscribeRequest request, CancellationToken cancellationToken)
    {
        if (request.Package != MessageWaitingSummary.Package) return SubscribeAnswer.Refuse(489);
        if (!request.Accepts(MessageWaitingSummary.MediaType)) return SubscribeAnswer.Refuse(406);
        var user = request.Target.User ?? "";
        var account = await _accounts.FindByExtensionAsync(user, cancellationToken)
            ?? await _accounts.FindByAddressAsync($"{user}@{request.Target.Host}", cancellationToken);
        if (account is null) return SubscribeAnswer.Refuse(404);
        return SubscribeAnswer.Accept(
            LongestSubscription,
            async token =>
            {
                var count = await _store.CountKindAsync(account.Id, ItemKind.VoiceMail, token);
                return new MessageWaitingSummary(request.Target, count.Unseen, count.Seen).ToBody();
            },
            subscription => Add(account.Id, subscription));
    }

    public async ValueTask DisposeAsync()
    {
        _feed.Dispose();
        await _stop.CancelAsync();
        await _worker;
        _stop.Dispose();
    }

    private void Add(long account, INotifierSubscription subscription)
    {
        lock (_lock)
        {
            if (!_subscriptions.TryGetValue(account, out var list)) _subscriptions[account] = list = [];
            list.Add(subscription);
        }

        subscription.Ended.Register(() => Remove(account, subscription));
    }

    private void Remove(long account, INotifierSubscription subscription)
    {
        lock (_lock)
        {
            if (_subscriptions.TryGetValue(account, out var list) && list.Remove(subscription) && list.Count == 0)
                _subscriptions.Remove(account);
        }
    }

    // On the store's thread: only marks the account.
    private void OnChange(ChangeNotice notice)
    {
        if ((notice.Kinds & VoiceMailBit) != 0) Enqueue(notice.AccountId);
    }

    private void Enqueue(long account)
    {
        // An account waits in the queue once however often it changes, so that the queue is bounded by the number of accounts.
        lock (_lock)
        {
            if (!_changed.Add(account)) return;
        }

        _work.Writer.TryWrite(account);
    }

    private async Task WorkAsync()
    {
        try
        {
            await foreach (var account in _work.Reader.ReadAllAsync(_stop.Token))
            {
                lock (_lock) _changed.Remove(account);
                await ShowAsync(account);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
    }

    private async Task ShowAsync(long account)
    {
        try
        {
            var count = await _store.CountKindAsync(account, ItemKind.VoiceMail, _stop.Token);
            INotifierSubscription[] subscriptions;
            lock (_lock)
            {
                if (_shown.TryGetValue(account, out var shown) && shown == count) return;
                _shown[account] = count;
                subscriptions = _subscriptions.TryGetValue(account, out var list) ? [.. list] : [];
            }

            foreach (var subscription in subscriptions) subscription.Changed();
            if (await _accounts.FindAsync(account, _stop.Token) is not { } person) return;
            await NotifyTargetsAsync(person, count);
            foreach (var phone in await _phones.FindAsync(person.Address, _stop.Token)) await NotifyPhoneAsync(phone, count);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Log.Failed(_logger, account, error);
        }
    }

    private async Task ShowPhoneAsync(SipBinding phone)
    {
        try
        {
            if (await _accounts.FindByAddressAsync(phone.AddressOfRecord, _stop.Token) is not { } account) return;
            await NotifyPhoneAsync(phone, await _store.CountKindAsync(account.Id, ItemKind.VoiceMail, _stop.Token));
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Log.NotNotified(_logger, phone.Contact.ToString(), error.Message);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task NotifyTargetsAsync(Account account, KindCount count)
    {
        if (account.Extension is not { } extension) return;
        foreach (var template in _plans.Plan.LampTargets)
        {
            if (!SipUri.TryParse(template.Replace("{extension}", extension, StringComparison.Ordinal), out var target)) continue;
            var body = new MessageWaitingSummary(target, count.Unseen, count.Seen).ToBody();
            await SendAsync(target, () => _phones.NotifyAsync(target, body, _stop.Token));
        }
    }

    private Task NotifyPhoneAsync(SipBinding phone, KindCount count)
    {
        var body = new MessageWaitingSummary(null, count.Unseen, count.Seen).ToBody();
        return SendAsync(phone.Contact, () => _phones.NotifyAsync(phone, body, _stop.Token));
    }

    // Each phone answers in its own time; one that is off must not hold up the next.
    private async Task SendAsync(SipUri target, Func<Task> send)
    {
        await _notices.WaitAsync(_stop.Token);
        _ = NotifyAsync(target, send);
    }

    private async Task NotifyAsync(SipUri target, Func<Task> send)
    {
        try
        {
            await send();
        }
        catch (Exception error) when (error is not OperationCanceledException || !_stop.IsCancellationRequested)
        {
            Log.NotNotified(_logger, target.ToString(), error.Message);
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            _notices.Release();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(9020, LogLevel.Warning, "The lamp of account {Account} could not be brought up to date")]
        public static partial void Failed(ILogger logger, long account, Exception error);

        [LoggerMessage(9021, LogLevel.Information, "{Target} did not take the notice of waiting messages: {Reason}")]
        public static partial void NotNotified(ILogger logger, string target, string reason);
    }
}
