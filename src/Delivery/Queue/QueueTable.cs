using System.Data.Common;
using UnifiedMsg.Database;
using UnifiedMsg.Store;

namespace UnifiedMsg.Delivery.Queue;

/// <summary>One recipient's part of a queued message.</summary>
internal sealed record QueuedRecipient(
    string QueueId, string Recipient, string Domain, int Attempts, DateTimeOffset Due, string? ClaimedBy, string? LastStatus);

/// <summary>A queued message without its recipients.</summary>
internal sealed record QueuedMessage(string QueueId, string Sender, long ItemId, uint ItemUid, long Size, DateTimeOffset Created);

/// <summary>Recipients of one message in one domain, claimed by a worker: they go in one SMTP transaction.</summary>
internal sealed record QueueClaim(QueuedMessage Message, string Domain, IReadOnlyList<QueuedRecipient> Recipients);

/// <summary>The SQL of the queue. The content lies in the store, as an item of the queue's own mailbox.</summary>
/// <remarks>A claim moves the recipient's due time to where the claim ends, so that the claim of a node that died runs out by itself,
/// and one index answers what is to be done next.</remarks>
internal static class QueueTable
{
    /// <summary>The account id under which the store holds queued content. The directory counts up from 1 and never gets here.</summary>
    public const long QueueAccountId = long.MaxValue;

    private const string MessageColumns = "queue_id, sender, item_id, item_uid, size, created";
    private const string RecipientColumns = "queue_id, recipient, domain, attempts, due, claimed_by, last_status";

    public static async ValueTask AddAsync(
        IWriteSession session, string queueId, string sender, Item content, IReadOnlyList<(string Address, string Domain)> recipients, DateTimeOffset now)
    {
        await session.ExecuteAsync(
            "INSERT INTO delivery_message (queue_id, sender, item_id, item_uid, size, created) VALUES (@p0, @p1, @p2, @p3, @p4, @p5)",
            queueId, sender, content.Id, content.Uid, content.Size, now);
        foreach (var (address, domain) in recipients)
        {
            await session.ExecuteAsync(
                "INSERT INTO delivery_recipient (queue_id, recipient, domain, attempts, due) VALUES (@p0, @p1, @p2, 0, @p3)",
                queueId, address, domain, now);
        }
    }

    /// <summary>Claims the recipients of the message and domain that are due the longest; null when nothing is due. What another node is
    /// claiming at this moment is not waited for but left to it.</summary>
    public static async ValueTask<QueueClaim?> ClaimAsync(
        IWriteSession session, string node, DateTimeOffset now, DateTimeOffset until, int maxRecipients)
    {
        var first = await session.QueryFirstAsync(
            $"SELECT {RecipientColumns} FROM delivery_recipient WHERE due <= @p0 ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED",
            ReadRecipient, now);
        if (first is null)
            return null;
        var recipients = await session.QueryAsync(
            $"SELECT {RecipientColumns} FROM delivery_recipient WHERE queue_id = @p0 AND domain = @p1 AND due <= @p2 ORDER BY recipient LIMIT @p3 FOR UPDATE SKIP LOCKED",
            ReadRecipient, first.QueueId, first.Domain, now, maxRecipients);
        foreach (var recipient in recipients)
        {
            await session.ExecuteAsync(
                "UPDATE delivery_recipient SET claimed_by = @p0, due = @p1 WHERE queue_id = @p2 AND recipient = @p3",
                node, until, recipient.QueueId, recipient.Recipient);
        }
        var message = await FindMessageAsync(session, first.QueueId);
        return new QueueClaim(message!, first.Domain, recipients);
    }

    /// <summary>Gives back what this node had claimed when it died.</summary>
    public static ValueTask<int> ReleaseAsync(IWriteSession session, string node, DateTimeOffset now) =>
        session.ExecuteAsync("UPDATE delivery_recipient SET claimed_by = NULL, due = @p0 WHERE claimed_by = @p1", now, node);

    /// <summary>Gives one claim back as it was, as far as it is still this node's.</summary>
    public static async ValueTask ReleaseAsync(IWriteSession session, QueueClaim claim, string node)
    {
        foreach (var recipient in claim.Recipients)
        {
            await session.ExecuteAsync(
                "UPDATE delivery_recipient SET claimed_by = NULL, due = @p0 WHERE queue_id = @p1 AND recipient = @p2 AND claimed_by = @p3",
                recipient.Due, recipient.QueueId, recipient.Recipient, node);
        }
    }

    /// <summary>Has a recipient be tried again later, if it is still this node's: its claim may have run out while the node stood still.</summary>
    public static ValueTask<int> PutOffAsync(
        IWriteSession session, string queueId, string recipient, string node, int attempts, DateTimeOffset due, string status) =>
        session.ExecuteAsync(
            "UPDATE delivery_recipient SET claimed_by = NULL, attempts = @p0, due = @p1, last_status = @p2 WHERE queue_id = @p3 AND recipient = @p4 AND claimed_by = @p5",
            attempts, due, status, queueId, recipient, node);

    /// <summary>Removes a recipient, and the message with its last one; false when the recipient was not there any more.</summary>
    public static async ValueTask<bool> RemoveAsync(IWriteSession session, string queueId, string recipient)
    {
        // Else two nodes that remove the last two recipients would each see the other's one still there.
        await LockMessageAsync(session, queueId);
        var wasThere = await session.ExecuteAsync("DELETE FROM delivery_recipient WHERE queue_id = @p0 AND recipient = @p1", queueId, recipient) > 0;
        await session.ExecuteAsync(
            "DELETE FROM delivery_message WHERE queue_id = @p0 AND NOT EXISTS (SELECT 1 FROM delivery_recipient WHERE queue_id = @p0)",
            queueId);
        return wasThere;
    }

    /// <summary>Makes recipients due now: of one message, or of all.</summary>
    public static ValueTask<int> RetryAsync(IWriteSession session, string? queueId, DateTimeOffset now) => queueId is null
        ? session.ExecuteAsync("UPDATE delivery_recipient SET due = @p0 WHERE due > @p0 AND claimed_by IS NULL", now)
        : session.ExecuteAsync("UPDATE delivery_recipient SET due = @p0 WHERE due > @p0 AND claimed_by IS NULL AND queue_id = @p1", now, queueId);

    /// <summary>Removes a message and its recipients; false when there is none.</summary>
    public static async ValueTask<bool> DropAsync(IWriteSession session, string queueId)
    {
        await LockMessageAsync(session, queueId);
        await session.ExecuteAsync("DELETE FROM delivery_recipient WHERE queue_id = @p0", queueId);
        return await session.ExecuteAsync("DELETE FROM delivery_message WHERE queue_id = @p0", queueId) > 0;
    }

    /// <summary>When there is something to do next: a recipient is due, or a claim runs out; null when the queue is empty.</summary>
    public static ValueTask<DateTimeOffset?> NextDueAsync(IReadSession session) => session.QueryFirstAsync(
        "SELECT due FROM delivery_recipient ORDER BY due LIMIT 1", static row => (DateTimeOffset?)row.GetTime(0));

    public static ValueTask<QueuedMessage?> FindMessageAsync(IReadSession session, string queueId) =>
        session.QueryFirstAsync($"SELECT {MessageColumns} FROM delivery_message WHERE queue_id = @p0", ReadMessage, queueId);

    public static ValueTask<List<QueuedMessage>> ListMessagesAsync(IReadSession session) =>
        session.QueryAsync($"SELECT {MessageColumns} FROM delivery_message ORDER BY created, queue_id", ReadMessage);

    public static ValueTask<List<QueuedRecipient>> ListRecipientsAsync(IReadSession session) =>
        session.QueryAsync($"SELECT {RecipientColumns} FROM delivery_recipient ORDER BY queue_id, recipient", ReadRecipient);

    private static ValueTask<long?> LockMessageAsync(IWriteSession session, string queueId) =>
        session.QueryLongAsync("SELECT size FROM delivery_message WHERE queue_id = @p0 FOR UPDATE", queueId);

    private static QueuedMessage ReadMessage(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetInt64(2), (uint)row.GetInt64(3), row.GetInt64(4), row.GetTime(5));

    private static QueuedRecipient ReadRecipient(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), (int)row.GetInt64(3), row.GetTime(4),
        row.IsDBNull(5) ? null : row.GetString(5), row.IsDBNull(6) ? null : row.GetString(6));
}
