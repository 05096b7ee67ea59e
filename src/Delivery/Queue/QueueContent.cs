using UnifiedMsg.Database;
using UnifiedMsg.Store;

namespace UnifiedMsg.Delivery.Queue;

/// <summary>The content of queued messages, which lies in a mailbox of the queue's own.</summary>
internal sealed class QueueContent(IDatabase database, IStore store)
{
    /// <summary>Removes the content of a message whose last recipient is done with.</summary>
    public async Task RemoveIfDoneAsync(QueuedMessage message, CancellationToken cancellationToken)
    {
        var still = await database.ReadAsync(session => QueueTable.FindMessageAsync(session, message.QueueId), cancellationToken);
        var folder = await store.FindFolderAsync(QueueTable.QueueAccountId, "INBOX", cancellationToken);
        if (still is null && folder is not null)
            await RemoveAsync(folder.Id, [message.ItemUid], cancellationToken);
    }

    /// <summary>Removes what no message refers to: a crash came between the end of a message and the removal of its content.</summary>
    public async Task CollectAsync(CancellationToken cancellationToken)
    {
        var folder = await store.FindFolderAsync(QueueTable.QueueAccountId, "INBOX", cancellationToken);
        if (folder is null)
            return;
        // The items are read first: an item and its message are added together, so one that is here without the other stays so.
        var (_, items) = await store.ReadFolderAsync(folder.Id, cancellationToken);
        var messages = await database.ReadAsync(QueueTable.ListMessagesAsync, cancellationToken);
        var known = messages.Select(message => message.ItemId).ToHashSet();
        var orphans = items.Where(item => !known.Contains(item.Id)).Select(item => item.Uid).ToList();
        if (orphans.Count > 0)
            await RemoveAsync(folder.Id, orphans, cancellationToken);
    }

    private async Task RemoveAsync(long folderId, List<uint> uids, CancellationToken cancellationToken)
    {
        await store.ChangeFlagsAsync(folderId, uids, new FlagChange(FlagMode.Add, ItemFlags.Deleted), cancellationToken: cancellationToken);
        await store.ExpungeAsync(folderId, uids, cancellationToken);
    }
}
