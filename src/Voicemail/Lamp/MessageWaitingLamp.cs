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
/// client turns it off, and it speaks when the counts have changed. Targets of the dial plan hear from time to time as well how things
/// stand, since nobody tells us when they have started again.
/// </summary>
internal sealed partial class MessageWaitingLamp : IAsyncDisposable
{
    /// <summary>A phone renews within the hour; one that is gone is forgotten after it.</summary>
    private static readonly TimeSpan LongestSubscription = TimeSpan.FromHours(1);

    /// <summary>How long a phone system that has started again, and forgotten its lamps, waits for them at most. At ten thousand mailboxes
    /// this makes some ten notices a second.</summary>
    private static readonly TimeSpan RepeatEvery = TimeSpan.FromMinutes(15);

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
    private readonly HashSet<long> _waiting = [];
    private readonly HashSet<long> _again = [];
    private readonly Channel<long> _work = Channel.CreateUnbounded<long>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SemaphoreSlim _notices = new(MaxNoticesAtOnce);
    private readonly CancellationTokenSource _stop = new();
    private readonly IDisposable _feed;
    private readonly Task _worker;
    private readonly ITimer _repeat;

    public MessageWaitingLamp(IStore store, IAccounts accounts, DialPlanFolder plans, ILampPhones phones, ILogger logger, TimeProvider time)
    {
        _store = store;
        _accounts = accounts;
        _plans = plans;
        _phones = phones;
        _logger = logger;
        _feed = store.Subscribe(null, OnChange);
        _worker = Task.Run(WorkAsync);
        _repeat = time.CreateTimer(_ => TellTargets(), null, RepeatEvery, RepeatEvery);
        plans.Reloaded += OnReloaded;
    }

    /// <summary>Tells the targets of the dial plan how things stand.</summary>
    public void TellTargets() => _ = TellTargetsAsync();

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
        _plans.Reloaded -= OnReloaded;
        await _repeat.DisposeAsync();
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

    // The plan may name other targets now.
    private void OnReloaded(DialPlan plan) => TellTargets();

    private async Task TellTargetsAsync()
    {
        try
        {
            if (_plans.Plan.LampTargets.Count == 0) return;
            foreach (var account in await _accounts.ListAsync(_stop.Token)) Enqueue(account.Id, again: true);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Log.NotRepeated(_logger, error);
        }
        catch (OperationCanceledException)
        {
        }
    }

    // On the store's thread: only marks the account.
    private void OnChange(ChangeNotice notice)
    {
        if ((notice.Kinds & VoiceMailBit) != 0) Enqueue(notice.AccountId, again: false);
    }

    private void Enqueue(long account, bool again)
    {
        // An account waits in the queue once however often it changes, so that the queue is bounded by the number of accounts.
        lock (_lock)
        {
            if (again) _again.Add(account);
            if (!_waiting.Add(account)) return;
        }

        _work.Writer.TryWrite(account);
    }

    private async Task WorkAsync()
    {
        try
        {
            await foreach (var account in _work.Reader.ReadAllAsync(_stop.Token))
            {
                bool again;
                lock (_lock)
                {
                    _waiting.Remove(account);
                    again = _again.Remove(account);
                }

                await ShowAsync(account, again);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
    }

    private async Task ShowAsync(long account, bool again)
    {
        try
        {
            var count = await _store.CountKindAsync(account, ItemKind.VoiceMail, _stop.Token);
            var changed = !_shown.TryGetValue(account, out var shown) || shown != count;
            if (!changed && !again) return;
            _shown[account] = count;
            if (await _accounts.FindAsync(account, _stop.Token) is not { } person) return;
            if (changed) await TellPhonesAsync(person, count);
            await NotifyTargetsAsync(person, count);
        }
        // What a store gives up by itself is no reason to stop telling everybody.
        catch (Exception error) when (error is not OperationCanceledException || !_stop.IsCancellationRequested)
        {
            Log.Failed(_logger, account, error);
        }
    }

    private async Task TellPhonesAsync(Account account, KindCount count)
    {
        INotifierSubscription[] subscriptions;
        lock (_lock) subscriptions = _subscriptions.TryGetValue(account.Id, out var list) ? [.. list] : [];
        foreach (var subscription in subscriptions) subscription.Changed();
        foreach (var phone in await _phones.FindAsync(account.Address, _stop.Token)) await NotifyPhoneAsync(phone, count);
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

        [LoggerMessage(9022, LogLevel.Warning, "The lamps of the dial plan could not be told again how things stand")]
        public static partial void NotRepeated(ILogger logger, Exception error);
    }
}
