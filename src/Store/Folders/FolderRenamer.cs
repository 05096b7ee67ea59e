using UnifiedMsg.Database;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Items;

namespace UnifiedMsg.Store.Folders;

/// <summary>Renames folders. RFC 9051 §6.3.6.</summary>
internal sealed class FolderRenamer(FolderWriter writer, ItemMover mover, ChangeFeed feed)
{
    public async ValueTask<int> RenameAsync(IWriteSession session, long accountId, string path, string newPath)
    {
        await AccountLock.TakeAsync(session, accountId);
        Folder folder = await FolderReader.RequireAsync(session, accountId, path);
        string target = FolderPath.Require(newPath);
        if (folder.SpecialUse == SpecialUse.Inbox)
            return await EmptyInboxAsync(session, folder, target);
        if (FolderPath.IsBelow(target, folder.Path))
            throw new StoreException(StoreError.InvalidFolder, "A folder can't be moved below itself.");
        List<Folder> all = await FolderReader.ListAsync(session, accountId);
        List<Folder> moved = [.. all.Where(f => f.Path == folder.Path || FolderPath.IsBelow(f.Path, folder.Path))];
        foreach (Folder each in moved)
        {
            string renamed = FolderPath.Require(target + each.Path[folder.Path.Length..]);
            if (all.Exists(f => f.Path == renamed))
                throw new StoreException(StoreError.FolderExists, $"A folder named {renamed} exists.");
        }
        await writer.CreateParentsAsync(session, accountId, target);
        foreach (Folder each in moved)
            await SetPathAsync(session, each, target + each.Path[folder.Path.Length..]);
        return moved.Count;
    }

    // The items go to the new folder, INBOX stays and is empty, folders below it stay where they are.
    private async ValueTask<int> EmptyInboxAsync(IWriteSession session, Folder inbox, string target)
    {
        Folder made = await writer.CreateAsync(session, inbox.AccountId, target, SpecialUse.None);
        List<StoredItem> items = await ItemReader.ReadSomeAsync(session, inbox.Id, int.MaxValue);
        await mover.MoveAsync(session, inbox.Id, items, made.Id);
        return items.Count;
    }

    private async ValueTask SetPathAsync(IWriteSession session, Folder folder, string path)
    {
        Change change = await ModSeq.NextAsync(session, folder.Id);
        await session.ExecuteAsync(
            "UPDATE store_folders SET path = @p1, highest_modseq = @p2 WHERE id = @p0", folder.Id, path, change.ModSeq);
        feed.PublishOnCommit(session, new ChangeNotice(folder.AccountId, folder.Id, change.ModSeq, 0));
    }
}
