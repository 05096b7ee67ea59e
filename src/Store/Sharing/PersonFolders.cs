using UnifiedMsg.Database;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Folders;

namespace UnifiedMsg.Store.Sharing;

/// <summary>What a person does with folders of others themselves. RFC 4314 §4. What a path leads to and who may do what with it must not change
/// between the check and the deed, so every unit begins with the owner's lock.</summary>
internal sealed class PersonFolders(Person person, FolderWriter writer, FolderRemover remover, FolderRenamer renamer)
{
    private readonly FolderGuard _guard = new(person);

    /// <summary>The folders of an account that the person may see in lists, as the person sees them.</summary>
    public async ValueTask<IReadOnlyList<Folder>> ListAsync(IReadSession session, long accountId)
    {
        var visible = new List<Folder>();
        foreach (Folder folder in await FolderReader.ListAsync(session, accountId))
        {
            if (await _guard.FindAsync(session, folder) is { } found && (found.Rights & FolderRights.Lookup) != 0)
                visible.Add(await ReaderItems.ViewAsync(session, folder, person.AccountId));
        }
        return visible;
    }

    /// <summary>The folder as the person sees it; null where the person may not know of it.</summary>
    public async ValueTask<Folder?> FindAsync(IReadSession session, Folder? folder)
    {
        if (await _guard.FindAsync(session, folder) is null)
            return null;
        return folder!.AccountId == person.AccountId ? folder : await ReaderItems.ViewAsync(session, folder, person.AccountId);
    }

    public async ValueTask<Folder> CreateAsync(IWriteSession session, long accountId, string path, SpecialUse specialUse)
    {
        if (specialUse != SpecialUse.None)
            throw FolderGuard.Refusal();
        await AccountLock.TakeAllAsync(session, [accountId]);
        await RequireParentAsync(session, accountId, path);
        Folder made = await writer.CreateAsync(session, accountId, path, SpecialUse.None);
        return await ReaderItems.ViewAsync(session, made, person.AccountId);
    }

    public async ValueTask<int> DeleteAsync(IWriteSession session, long accountId, string path)
    {
        await AccountLock.TakeAllAsync(session, [accountId]);
        await _guard.RequireAsync(session, accountId, path, FolderRights.DeleteFolder);
        return await remover.DeleteAsync(session, accountId, path);
    }

    // Everything below moves too, so the right is needed there as well; the items of an INBOX are not for others to move about.
    public async ValueTask<int> RenameAsync(IWriteSession session, long accountId, string path, string newPath)
    {
        await AccountLock.TakeAllAsync(session, [accountId]);
        Folder folder = (await _guard.RequireAsync(session, accountId, path, FolderRights.DeleteFolder)).Folder;
        if (folder.SpecialUse == SpecialUse.Inbox)
            throw FolderGuard.Refusal();
        foreach (Folder below in await FolderReader.ListAsync(session, accountId))
        {
            if (FolderPath.IsBelow(below.Path, folder.Path))
                await _guard.RequireAsync(session, below.Id, FolderRights.DeleteFolder);
        }
        await RequireParentAsync(session, accountId, newPath);
        return await renamer.RenameAsync(session, accountId, path, newPath);
    }

    public async ValueTask<int> SubscribeAsync(IWriteSession session, long accountId, string path, bool subscribed)
    {
        await AccountLock.TakeAllAsync(session, [accountId]);
        Folder folder = (await _guard.RequireAsync(session, accountId, path, FolderRights.Lookup)).Folder;
        return await ReaderItems.SubscribeAsync(session, folder.Id, person.AccountId, subscribed);
    }

    // RFC 4314 §4: the right k on the nearest folder above that there is. At the top level only the owner makes folders.
    private async ValueTask RequireParentAsync(IReadSession session, long accountId, string path)
    {
        foreach (string parent in FolderPath.Parents(FolderPath.Require(path)).Reverse())
        {
            if (await FolderReader.FindAsync(session, accountId, parent) is not { } found)
                continue;
            await _guard.RequireAsync(session, found.Id, FolderRights.CreateChild);
            return;
        }
        throw FolderGuard.Refusal();
    }
}
