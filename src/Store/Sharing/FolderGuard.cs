using UnifiedMsg.Database;
using UnifiedMsg.Store.Folders;

namespace UnifiedMsg.Store.Sharing;

/// <summary>Lets a person do with a folder what the person may, and refuses the rest. It looks within the unit or snapshot that acts.</summary>
internal sealed class FolderGuard(Person person)
{
    /// <summary>The folder (as its owner sees it) with the person's rights, if they are enough.</summary>
    /// <exception cref="StoreException">They are not, or there is no such folder as far as the person may know.</exception>
    public async ValueTask<SharedFolder> RequireAsync(IReadSession session, long folderId, FolderRights needed) =>
        Require(await FindAsync(session, await FolderReader.FindAsync(session, folderId)), needed);

    /// <summary>The same for a path.</summary>
    public async ValueTask<SharedFolder> RequireAsync(IReadSession session, long accountId, string path, FolderRights needed) =>
        Require(await FindAsync(session, await FolderReader.FindAsync(session, accountId, path)), needed);

    /// <summary>The folder with the person's rights, or null where the person may not even know of it.</summary>
    public async ValueTask<SharedFolder?> FindAsync(IReadSession session, Folder? folder)
    {
        if (folder is null)
            return null;
        FolderRights rights = await AclTable.ReadRightsAsync(session, folder, person);
        return rights == FolderRights.None ? null : new SharedFolder(folder, rights);
    }

    // RFC 4314 §6: who has no right to it must not learn whether a folder exists.
    private static SharedFolder Require(SharedFolder? found, FolderRights needed)
    {
        if (found is null)
            throw FolderReader.Missing();
        return (found.Rights & needed) == needed ? found : throw Refusal();
    }

    public static StoreException Refusal() => new(StoreError.NotPermitted, "The rights to this folder do not allow it.");
}
