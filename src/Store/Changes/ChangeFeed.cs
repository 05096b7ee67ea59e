using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Changes;

/// <summary>Tells subscribers what was committed. The writer calls it in commit order.</summary>
internal sealed partial class ChangeFeed(ILogger logger)
{
    private readonly Lock _lock = new();
    private ImmutableDictionary<long, ImmutableArray<Subscription>> _byAccount = ImmutableDictionary<long, ImmutableArray<Subscription>>.Empty;
    private ImmutableArray<Subscription> _ofAll = [];

    /// <summary>Publishes the notice if and when the unit is durable.</summary>
    public void PublishOnCommit(IWriteSession session, ChangeNotice notice) => session.OnCommitted(() => Publish(notice));

    public IDisposable Subscribe(long? accountId, Action<ChangeNotice> onChange)
    {
        var subscription = new Subscription(this, accountId, onChange);
        lock (_lock)
        {
            if (accountId is null)
                _ofAll = _ofAll.Add(subscription);
            else
                _byAccount = _byAccount.SetItem(accountId.Value, _byAccount.GetValueOrDefault(accountId.Value, []).Add(subscription));
        }
        return subscription;
    }

    private void Publish(ChangeNotice notice)
    {
        if (Volatile.Read(ref _byAccount).TryGetValue(notice.AccountId, out ImmutableArray<Subscription> subscriptions))
            Tell(subscriptions, notice);
        ImmutableArray<Subscription> all;
        lock (_lock)
            all = _ofAll;
        Tell(all, notice);
    }

    private void Tell(ImmutableArray<Subscription> subscriptions, ChangeNotice notice)
    {
        foreach (Subscription subscription in subscriptions)
        {
            try
            {
                subscription.OnChange(notice);
            }
            catch (Exception fault)
            {
                // One subscriber's fault must not keep the notice from the others.
                Log.SubscriberFailed(logger, notice.AccountId, notice.FolderId, fault);
            }
        }
    }

    private void Remove(Subscription subscription)
    {
        lock (_lock)
        {
            if (subscription.AccountId is not long accountId)
            {
                _ofAll = _ofAll.Remove(subscription);
                return;
            }
            ImmutableArray<Subscription> rest = _byAccount.GetValueOrDefault(accountId, []).Remove(subscription);
            _byAccount = rest.IsEmpty ? _byAccount.Remove(accountId) : _byAccount.SetItem(accountId, rest);
        }
    }

    private sealed class Subscription(ChangeFeed feed, long? accountId, Action<ChangeNotice> onChange) : IDisposable
    {
        public long? AccountId => accountId;

        public Action<ChangeNotice> OnChange => onChange;

        public void Dispose() => feed.Remove(this);
    }

    private static partial class Log
    {
        [LoggerMessage(6000, LogLevel.Error, "A subscriber to changes of account {AccountId} failed on a notice of folder {FolderId}")]
        public static partial void SubscriberFailed(ILogger logger, long accountId, long folderId, Exception fault);
    }
}
