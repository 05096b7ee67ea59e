using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Changes;

/// <summary>Tells subscribers what was committed, here or by another server.</summary>
internal sealed partial class ChangeFeed : IDisposable
{
    private const string Topic = "change";

    private readonly IDatabase _database;
    private readonly ILogger _logger;
    private readonly IDisposable _others;
    private readonly Lock _telling = new();
    private readonly Lock _lock = new();
    private ImmutableDictionary<long, ImmutableArray<Subscription>> _byAccount = ImmutableDictionary<long, ImmutableArray<Subscription>>.Empty;
    private ImmutableArray<Subscription> _ofAll = [];

    public ChangeFeed(IDatabase database, ILogger logger)
    {
        _database = database;
        _logger = logger;
        _others = database.Listen(Topic, HearAsync);
    }

    /// <summary>Publishes the notice, on all servers, if and when the unit is durable.</summary>
    public void PublishOnCommit(IWriteSession session, ChangeNotice notice)
    {
        session.OnCommitted(() => Publish(notice));
        session.Notify(Topic, string.Create(CultureInfo.InvariantCulture, $"{notice.AccountId} {notice.FolderId} {notice.ModSeq} {notice.Kinds}"));
    }

    /// <summary>Hears no other server any more.</summary>
    public void Dispose() => _others.Dispose();

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

    private async ValueTask HearAsync(string? text)
    {
        if (text is null)
            await TellToLookAgainAsync();
        else if (TryParse(text, out ChangeNotice notice))
            Publish(notice);
        else
            Log.Unreadable(_logger, text); // a newer server may say more than we know
    }

    private static bool TryParse(string text, out ChangeNotice notice)
    {
        string[] parts = text.Split(' ');
        notice = default;
        if (parts.Length != 4 || !long.TryParse(parts[0], CultureInfo.InvariantCulture, out long account)
            || !long.TryParse(parts[1], CultureInfo.InvariantCulture, out long folder)
            || !long.TryParse(parts[2], CultureInfo.InvariantCulture, out long modSeq)
            || !int.TryParse(parts[3], CultureInfo.InvariantCulture, out int kinds))
            return false;
        notice = new ChangeNotice(account, folder, modSeq, kinds);
        return true;
    }

    // Notices of others may have been missed while the line was broken: every folder may have changed, in items of any kind.
    private async ValueTask TellToLookAgainAsync()
    {
        List<ChangeNotice> all = await _database.ReadAsync(session => session.QueryAsync(
            "SELECT account_id, id, highest_modseq FROM store_folders WHERE account_id > 0",
            row => new ChangeNotice(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), -1)));
        foreach (ChangeNotice notice in all)
            Publish(notice);
    }

    // A subscriber is called for one notice after the other.
    private void Publish(ChangeNotice notice)
    {
        lock (_telling)
            PublishAlone(notice);
    }

    private void PublishAlone(ChangeNotice notice)
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
                Log.SubscriberFailed(_logger, notice.AccountId, notice.FolderId, fault);
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

        [LoggerMessage(6001, LogLevel.Warning, "Another server told of a change in words that are not known: {Text}")]
        public static partial void Unreadable(ILogger logger, string text);
    }
}
