using UnifiedMsg.Database;
using UnifiedMsg.Store;

namespace UnifiedMsg.Delivery.Queue;

/// <summary>A message in the queue, as an administrator sees it.</summary>
/// <param name="QueueId">Its name.</param>
/// <param name="Sender">The reverse-path; empty for the null one.</param>
/// <param name="Size">Octets.</param>
/// <param name="Accepted">When it was accepted.</param>
/// <param name="Recipients">Whom it has yet to reach.</param>
public sealed record QueueEntry(string QueueId, string Sender, long Size, DateTimeOffset Accepted, IReadOnlyList<QueueEntryRecipient> Recipients);

/// <summary>A recipient that a message has yet to reach.</summary>
/// <param name="Address">The recipient.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="NextAttempt">When it is tried next; while an attempt is under way, when that is given up.</param>
/// <param name="IsUnderWay">Whether an attempt is under way.</param>
/// <param name="LastStatus">What came of the last attempt, or null before the first one.</param>
public sealed record QueueEntryRecipient(string Address, int Attempts, DateTimeOffset NextAttempt, bool IsUnderWay, string? LastStatus);

/// <summary>What the commands <c>unifiedmsg queue …</c> do.</summary>
public sealed class QueueAdmin(IDatabase database, IStore store, QueueSignal signal, TimeProvider time)
{
    private readonly QueueContent _content = new(database, store);

    /// <summary>Every message of the queue, oldest first.</summary>
    public async Task<IReadOnlyList<QueueEntry>> ListAsync(CancellationToken cancellationToken = default)
    {
        var (messages, recipients) = await database.ReadAsync(async session => (
            await QueueTable.ListMessagesAsync(session),
            await QueueTable.ListRecipientsAsync(session)), cancellationToken);
        var byMessage = recipients.ToLookup(recipient => recipient.QueueId);
        return messages.ConvertAll(message => new QueueEntry(
            message.QueueId, message.Sender, message.Size, message.Created,
            [.. byMessage[message.QueueId].Select(recipient => new QueueEntryRecipient(
                recipient.Recipient, recipient.Attempts, recipient.Due, recipient.ClaimedBy is not null, recipient.LastStatus))]));
    }

    /// <summary>One message, or null when it is not (or no longer) in the queue.</summary>
    public async Task<QueueEntry?> FindAsync(string queueId, CancellationToken cancellationToken = default) =>
        (await ListAsync(cancellationToken)).FirstOrDefault(entry => entry.QueueId == queueId);

    /// <summary>The raw octets of a message, or null when it is not in the queue.</summary>
    public async Task<Stream?> OpenAsync(string queueId, CancellationToken cancellationToken = default)
    {
        var message = await database.ReadAsync(session => QueueTable.FindMessageAsync(session, queueId), cancellationToken);
        return message is null ? null : await store.OpenContentAsync(message.ItemId, cancellationToken);
    }

    /// <summary>Has a message, or all when <paramref name="queueId"/> is null, tried again at once; returns how many recipients that concerns.</summary>
    public async Task<int> RetryAsync(string? queueId, CancellationToken cancellationToken = default)
    {
        var count = await database.WriteAsync(
            session => QueueTable.RetryAsync(session, queueId, time.GetUtcNow()), cancellationToken);
        signal.Set();
        return count;
    }

    /// <summary>Removes a message without a word to its sender; false when it is not in the queue.</summary>
    public async Task<bool> DropAsync(string queueId, CancellationToken cancellationToken = default)
    {
        var message = await database.ReadAsync(session => QueueTable.FindMessageAsync(session, queueId), cancellationToken);
        if (message is null || !await database.WriteAsync(session => QueueTable.DropAsync(session, queueId), cancellationToken))
            return false;
        await _content.RemoveIfDoneAsync(message, cancellationToken);
        return true;
    }
}
