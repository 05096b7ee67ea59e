using UnifiedMsg.Database;
using UnifiedMsg.Store;

namespace UnifiedMsg.Delivery.Queue;

/// <summary>One recipient's part of a queued message.</summary>
internal sealed record QueuedRecipient(
    string Recipient, string Domain, int Attempts, DateTimeOffset Due, DateTimeOffset? ClaimedUntil, string? LastStatus);

/// <summary>A queued message without its recipients.</summary>
internal sealed record QueuedMessage(string QueueId, string Sender, long ItemId, uint ItemUid, long Size, DateTimeOffset Created);

/// <summary>Recipients of one message in one domain, claimed by a worker: they go in one SMTP transaction.</summary>
internal sealed record QueueClaim(QueuedMessage Message, string Domain, IReadOnlyList<QueuedRecipient> Recipients);

/// <summary>The SQL of the queue. The content lies in the store, as an item of the queue's own mailbox.</summary>
internal static class QueueTable
{
    /// <summary>The account id under which the store holds queued content. The directory counts from 1.</summary>
    public const long QueueAccountId = 0;

    public static async ValueTask AddAsync(
        IWriteSession session, string queueId, string sender, Item content, IReadOnlyList<(string Address, string Domain)> recipients, DateTimeOffset now)
    {
        await session.ExecuteAsync(
            "INSERT INTO delivery_message (queue_id, sender, item_id, item_uid, size, created) VALUES (@p0, @p1, @p2, @p3, @p4, @p5)",
            queueId, sender, content.Id, content.Uid, content.Size, now).ConfigureAwait(false);
        foreach (var (address, domain) in recipients)
        {
            await session.ExecuteAsync(
                "INSERT INTO delivery_recipient (queue_id, recipient, domain, attempts, due) VALUES (@p0, @p1, @p2, 0, @p3)",
                queueId, address, domain, now).ConfigureAwait(false);
        }
    }
}
