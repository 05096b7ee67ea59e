using UnifiedMsg.Database;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Folders;
using UnifiedMsg.Store.Items;

namespace UnifiedMsg.Store.Sharing;

/// <summary>
/// What a person does with items of folders of others. RFC 4314 §4: what a right is missing for is left out of a change of flags, and
/// the change is refused only when nothing is left of it.
/// </summary>
/// <remarks>Rights, items and what the person has seen of them are read to decide by, so every unit begins with the owner's lock.</remarks>
internal sealed class PersonItems(
    Person person, ReaderItems readers, FlagChanger flags, ItemAppender appender, ItemCopier copier, ItemMover mover, ItemExpunger expunger)
{
    private const FolderRights ToMoveOut = FolderRights.Read | FolderRights.DeleteItems | FolderRights.Expunge; // RFC 6851 §4.5

    private readonly FolderGuard _guard = new(person);

    public async ValueTask<(Folder Folder, IReadOnlyList<Item> Items)> ReadFolderAsync(IReadSession session, long folderId)
    {
        Folder folder = (await _guard.RequireAsync(session, folderId, FolderRights.Read)).Folder;
        List<Item> items = await ItemReader.ReadFolderAsync(session, folderId);
        return (await ReaderItems.ViewAsync(session, folder, person.AccountId), await ReaderItems.ViewAsync(session, items, person.AccountId));
    }

    public async ValueTask<OpenedFolder> OpenFolderAsync(IReadSession session, long folderId)
    {
        Folder folder = (await _guard.RequireAsync(session, folderId, FolderRights.Read)).Folder;
        return await FolderOpener.ReadAsync(session, await ReaderItems.ViewAsync(session, folder, person.AccountId));
    }

    public async ValueTask<List<Item>> FindAsync(IReadSession session, long folderId, uint[] sorted)
    {
        await _guard.RequireAsync(session, folderId, FolderRights.Read);
        return await ViewAsync(session, folderId, sorted);
    }

    public async ValueTask<FolderChanges> ReadChangesAsync(IReadSession session, long folderId, long sinceModSeq)
    {
        Folder folder = (await _guard.RequireAsync(session, folderId, FolderRights.Read)).Folder;
        FolderChanges changes = await ChangeReader.ReadAsync(session, folderId, sinceModSeq);
        List<uint> own = await ReaderItems.ChangedSinceAsync(session, folderId, person.AccountId, sinceModSeq);
        uint[] changed = UidRanges.Sort([.. changes.Changed.Select(item => item.Uid), .. own]);
        return new FolderChanges(
            await ReaderItems.ViewAsync(session, folder, person.AccountId), await ViewAsync(session, folderId, changed), changes.Vanished,
            changes.IsBelowFloor);
    }

    public async ValueTask<FlagResult> ChangeFlagsAsync(
        IWriteSession session, long folderId, uint[] sorted, FlagChange change, long? unchangedSince)
    {
        await AccountLock.TakeOwnerAsync(session, folderId);
        FolderRights rights = (await _guard.RequireAsync(session, folderId, FolderRights.Read)).Rights;
        FlagMask mask = MaskOf(rights);
        bool seenToo = (rights & FolderRights.Seen) != 0 && (change.Mode == FlagMode.Replace || (change.Flags & ItemFlags.Seen) != 0);
        bool othersToo = change.Mode == FlagMode.Replace
            ? mask != FlagMask.None
            : (change.Flags & mask.Flags) != 0 || (mask.Keywords && change.Keywords is { Count: > 0 });
        if (!seenToo && !othersToo)
            throw FolderGuard.Refusal();
        List<Item> before = await ViewAsync(session, folderId, sorted);
        List<uint> modified = [.. before.Where(item => item.ModSeq > unchangedSince).Select(item => item.Uid)];
        before.RemoveAll(item => item.ModSeq > unchangedSince);
        uint[] uids = [.. before.Select(item => item.Uid)];
        if (othersToo)
            await flags.ChangeAsync(session, folderId, uids, change, unchangedSince: null, mask);
        if (seenToo)
        {
            bool seen = change.Mode != FlagMode.Remove && (change.Flags & ItemFlags.Seen) != 0;
            await readers.SetSeenAsync(session, folderId, person.AccountId, before.FindAll(item => IsSeen(item) != seen), seen);
        }
        return new FlagResult(await ViewAsync(session, folderId, uids), modified);
    }

    public async ValueTask<Item> AppendAsync(IWriteSession session, long folderId, StagedContent content, NewItem given)
    {
        await AccountLock.TakeOwnerAsync(session, folderId);
        FolderRights rights = (await _guard.RequireAsync(session, folderId, FolderRights.Insert)).Rights;
        FlagMask mask = MaskOf(rights);
        NewItem allowed = given with { Flags = given.Flags & mask.Flags, Keywords = mask.Keywords ? given.Keywords : null, BeyondQuota = false };
        Item item = await appender.AppendAsync(session, folderId, content, allowed);
        if ((rights & FolderRights.Seen) == 0 || (given.Flags & ItemFlags.Seen) == 0)
            return item;
        await readers.SetSeenAsync(session, folderId, person.AccountId, [item], seen: true);
        return (await ReaderItems.ViewAsync(session, [item], person.AccountId))[0];
    }

    /// <summary>Copies between folders of which at least one is somebody else's.</summary>
    public async ValueTask<CopyResult> CopyAsync(IWriteSession session, long folderId, uint[] sorted, long targetId)
    {
        await AccountLock.TakeOwnersAsync(session, [folderId, targetId]);
        SharedFolder source = await _guard.RequireAsync(session, folderId, FolderRights.Read);
        SharedFolder target = await _guard.RequireAsync(session, targetId, FolderRights.Insert);
        return await CopyAsync(session, source, sorted, target);
    }

    private async ValueTask<CopyResult> CopyAsync(IWriteSession session, SharedFolder source, uint[] sorted, SharedFolder target)
    {
        (long folderId, long targetId) = (source.Folder.Id, target.Folder.Id);
        List<StoredItem> stored = await ItemReader.FindAsync(session, folderId, sorted);
        List<Item> views = stored.ConvertAll(each => each.Item);
        if (source.Folder.AccountId != person.AccountId)
            views = await ReaderItems.ViewAsync(session, views, person.AccountId);
        bool own = target.Folder.AccountId == person.AccountId;
        FlagMask mask = own ? FlagMask.All : MaskOf(target.Rights);
        var prepared = new List<StoredItem>(stored.Count);
        for (int i = 0; i < stored.Count; i++)
        {
            Item view = views[i] with { Flags = views[i].Flags & mask.Flags, Keywords = mask.Keywords ? views[i].Keywords : [] };
            prepared.Add(stored[i] with { Item = view });
        }
        bool across = source.Folder.AccountId != target.Folder.AccountId;
        CopyResult result = await copier.InsertAsync(session, prepared, target.Folder, across);
        if (!own && (target.Rights & FolderRights.Seen) != 0)
        {
            var seen = new List<Item>();
            for (int i = 0; i < views.Count; i++)
            {
                if (IsSeen(views[i]))
                    seen.Add(views[i] with { Uid = result.TargetUids[i], FolderId = targetId });
            }
            await readers.SetSeenAsync(session, targetId, person.AccountId, seen, seen: true);
        }
        return result;
    }

    /// <summary>Moves between folders of which at least one is somebody else's. Within one account items keep their ids.</summary>
    public async ValueTask<CopyResult> MoveAsync(IWriteSession session, long folderId, uint[] sorted, long targetId)
    {
        await AccountLock.TakeOwnersAsync(session, [folderId, targetId]);
        SharedFolder source = await _guard.RequireAsync(session, folderId, ToMoveOut);
        SharedFolder target = await _guard.RequireAsync(session, targetId, FolderRights.Insert);
        if (source.Folder.AccountId == target.Folder.AccountId)
            return await mover.MoveAsync(session, folderId, sorted, targetId);
        CopyResult copied = await CopyAsync(session, source, sorted, target);
        uint[] uids = [.. copied.SourceUids];
        if (uids.Length > 0)
        {
            await flags.ChangeAsync(session, folderId, uids, new FlagChange(FlagMode.Add, ItemFlags.Deleted), unchangedSince: null);
            await expunger.ExpungeAsync(session, folderId, uids);
        }
        return copied;
    }

    public async ValueTask<IReadOnlyList<uint>> ExpungeAsync(IWriteSession session, long folderId, uint[]? sorted)
    {
        await AccountLock.TakeOwnerAsync(session, folderId);
        await _guard.RequireAsync(session, folderId, FolderRights.Expunge);
        return await expunger.ExpungeAsync(session, folderId, sorted);
    }

    private async ValueTask<List<Item>> ViewAsync(IReadSession session, long folderId, uint[] sorted)
    {
        List<StoredItem> stored = await ItemReader.FindAsync(session, folderId, sorted);
        return await ReaderItems.ViewAsync(session, stored.ConvertAll(each => each.Item), person.AccountId);
    }

    private static FlagMask MaskOf(FolderRights rights)
    {
        ItemFlags allowed = ItemFlags.None;
        if ((rights & FolderRights.Write) != 0)
            allowed |= ItemFlags.Answered | ItemFlags.Flagged | ItemFlags.Draft;
        if ((rights & FolderRights.DeleteItems) != 0)
            allowed |= ItemFlags.Deleted;
        return new FlagMask(allowed, (rights & FolderRights.Write) != 0);
    }

    private static bool IsSeen(Item item) => (item.Flags & ItemFlags.Seen) != 0;
}
