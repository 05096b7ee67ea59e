using Microsoft.Extensions.Logging;
using UnifiedMsg.Database;
using UnifiedMsg.Delivery.Queue;
using UnifiedMsg.Delivery.Routing;
using UnifiedMsg.Mime;
using UnifiedMsg.Store;

namespace UnifiedMsg.Delivery;

/// <summary>Resolves recipients, then puts items and queue rows into one durable unit.</summary>
public sealed partial class SubmissionService : ISubmission
{
    private const string Inbox = "INBOX";

    private readonly Router _router;
    private readonly IDatabase _database;
    private readonly IStore _store;
    private readonly QueueSignal _queue;
    private readonly ILogger<SubmissionService> _logger;
    private readonly TimeProvider _time;

    /// <summary>Submits into these mailboxes and this queue.</summary>
    public SubmissionService(
        Router router, IDatabase database, IStore store, QueueSignal queue, ILogger<SubmissionService> logger, TimeProvider time)
    {
        _router = router;
        _database = database;
        _store = store;
        _queue = queue;
        _logger = logger;
        _time = time;
    }

    /// <inheritdoc/>
    public async Task<SubmitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken = default)
    {
        // All look-ups are done before the unit: it is one short stretch of writing, and the only fsync.
        var plan = await PlanAsync(submission, cancellationToken);
        var queueId = QueueId.New();
        var delivered = await AcceptAsync(queueId, submission, plan, cancellationToken);
        var queued = plan.Remote.ConvertAll(remote => remote.Address);
        Log.Accepted(_logger, queueId, submission.Sender, submission.Content.Size, delivered.Count, queued.Count);
        return new SubmitResult(queueId, delivered, queued, plan.Failed);
    }

    // One full mailbox must not cost a whole group its mail: its member is left out, which undoes nothing for the others.
    private async Task<List<Item>> AcceptAsync(string queueId, Submission submission, DeliveryPlan plan, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await WriteAsync(plan, session => AcceptAsync(session, queueId, submission, plan), cancellationToken);
            }
            catch (SubmissionException e) when (e.AccountId is { } account && plan.TryLeaveOut(account, e))
            {
                Log.MemberLeftOut(_logger, queueId, e.Recipient!, account, e.Message);
            }
        }
    }

    // The mailbox that others deliver to at the same moment: the queue's, or the only one.
    private Task<T> WriteAsync<T>(DeliveryPlan plan, Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken) =>
        plan.Remote.Count > 0 ? _database.WriteTogetherAsync(plan.QueueFolder, unit, cancellationToken)
        : plan.Local.Count == 1 ? _database.WriteTogetherAsync(plan.Local[0].FolderId, unit, cancellationToken)
        : _database.WriteAsync(unit, cancellationToken);

    private async ValueTask<DeliveryPlan> PlanAsync(Submission submission, CancellationToken cancellationToken)
    {
        var plan = new DeliveryPlan();
        foreach (var recipient in submission.Recipients)
        {
            var route = await _router.FindAsync(recipient, cancellationToken);
            if (route.Kind == RouteKind.Unknown)
                throw new SubmissionException(550, "5.1.1", "There is no such mailbox here", recipient);
            if (route.Kind == RouteKind.Remote)
                plan.AddRemote(recipient, route.Domain);
            foreach (var account in route.Accounts)
            {
                // Somebody who is named twice, or by name and in a group, gets one copy.
                if (plan.AddAccount(account.Id))
                    plan.Local.Add(new LocalCopy(recipient, account.Id, await FindInboxAsync(account.Id, cancellationToken)));
                else if (route.Accounts.Count == 1)
                    plan.AnswerAs(account.Id, recipient);
            }
        }
        if (plan.Remote.Count > 0)
            plan.QueueFolder = await FindInboxAsync(QueueTable.QueueAccountId, cancellationToken);
        return plan;
    }

    private async ValueTask<long> FindInboxAsync(long accountId, CancellationToken cancellationToken)
    {
        var inbox = await _store.FindFolderAsync(accountId, Inbox, cancellationToken);
        if (inbox is not null)
            return inbox.Id;
        await _store.ProvisionAsync(accountId, cancellationToken);
        inbox = await _store.FindFolderAsync(accountId, Inbox, cancellationToken);
        return inbox?.Id ?? throw new SubmissionException(451, "4.2.0", "The mailbox could not be made");
    }

    private async ValueTask<List<Item>> AcceptAsync(IWriteSession session, string queueId, Submission submission, DeliveryPlan plan)
    {
        var now = _time.GetUtcNow();
        var delivered = new List<Item>(plan.Local.Count);
        var folders = plan.Local.ConvertAll(copy => copy.FolderId);
        if (plan.Remote.Count > 0)
            folders.Add(plan.QueueFolder);
        await _store.LockAsync(session, folders);
        foreach (var copy in plan.Local)
            delivered.Add(await AppendAsync(session, copy, submission, now));
        if (plan.Remote.Count > 0)
        {
            // The queue is nobody's mailbox: what it holds was accepted.
            var content = await _store.AppendAsync(
                session, plan.QueueFolder, submission.Content, new NewItem(InternalDate: now, BeyondQuota: true));
            await QueueTable.AddAsync(session, queueId, submission.Sender, content, plan.Remote, now);
            session.OnCommitted(_queue.Set);
        }
        if (submission.InSameUnit is { } alongside)
            await alongside(session);
        return delivered;
    }

    private async ValueTask<Item> AppendAsync(IWriteSession session, LocalCopy copy, Submission submission, DateTimeOffset now)
    {
        try
        {
            // What a caller has said, or that one has called, is nowhere else: it is taken whatever the quota says.
            var item = new NewItem(submission.Kind, InternalDate: now, BeyondQuota: submission.Kind != ItemKind.Mail);
            return await _store.AppendAsync(session, copy.FolderId, submission.Content, item);
        }
        catch (StoreException e)
        {
            // The exception undoes the whole unit; whoever submits may leave this recipient out and try again.
            var (reply, status) = e switch
            {
                OverQuotaException { IsForGood: true } => (552, "5.2.2"), // RFC 3463 §3.3: mailbox full
                OverQuotaException => (452, "4.2.2"), // its owner may make room while the sender's server tries again
                { Error: StoreError.TooLarge } => (552, "5.2.3"), // RFC 3463 §3.3: message longer than the mailbox takes
                _ => (451, "4.2.0"),
            };
            throw new SubmissionException(reply, status, e.Message, copy.Recipient) { AccountId = e is OverQuotaException ? copy.AccountId : null };
        }
    }

    private sealed record LocalCopy(string Recipient, long AccountId, long FolderId);

    private sealed class DeliveryPlan
    {
        private readonly HashSet<long> _accounts = [];
        private readonly HashSet<string> _remote = new(StringComparer.Ordinal);

        public List<LocalCopy> Local { get; } = [];

        public List<FailedRecipient> Failed { get; } = [];

        public List<(string Address, string Domain)> Remote { get; } = [];

        public long QueueFolder { get; set; }

        public bool AddAccount(long id) => _accounts.Add(id);

        /// <summary>What becomes of the account's copy is told of this recipient, which stands for nobody else.</summary>
        public void AnswerAs(long id, string recipient)
        {
            var copy = Local.FindIndex(each => each.AccountId == id);
            Local[copy] = Local[copy] with { Recipient = recipient };
        }

        /// <summary>Leaves an account out if the recipient that it stands for reaches others too.</summary>
        public bool TryLeaveOut(long id, SubmissionException refusal)
        {
            if (Local.Count(copy => copy.Recipient == refusal.Recipient) < 2)
                return false;
            Local.RemoveAll(copy => copy.AccountId == id);
            // Who is in a group is not the sender's business.
            Failed.Add(new FailedRecipient(refusal.Recipient!, refusal.StatusCode, null,
                $"{refusal.ReplyCode} {refusal.StatusCode} One of the mailboxes behind this address is full"));
            return true;
        }

        // RFC 5321 §2.4: the part before the @ belongs to the other server, so its case counts.
        public void AddRemote(string address, string domain)
        {
            var normal = string.Concat(address.AsSpan(0, address.LastIndexOf('@') + 1), domain);
            if (_remote.Add(normal))
                Remote.Add((normal, domain));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(7000, LogLevel.Information, "{QueueId}: accepted from <{Sender}>, {Size} octets, {Delivered} delivered here, {Queued} queued")]
        public static partial void Accepted(ILogger logger, string queueId, string sender, long size, int delivered, int queued);

        [LoggerMessage(7001, LogLevel.Warning, "{QueueId}: <{Recipient}> goes without account {AccountId}: {Reason}")]
        public static partial void MemberLeftOut(ILogger logger, string queueId, string recipient, long accountId, string reason);
    }
}
