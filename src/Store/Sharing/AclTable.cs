using UnifiedMsg.Database;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Folders;

namespace UnifiedMsg.Store.Sharing;

/// <summary>The lists of who may do what, and what follows from them for one person.</summary>
internal static class AclTable
{
    private const int MaxEntries = 1000; // of one folder; a group stands for many

    public static ValueTask<List<AclEntry>> ReadAsync(IReadSession session, long folderId) => session.QueryAsync(
        "SELECT kind, identifier, negative, rights FROM store_acl WHERE folder_id = @p0 ORDER BY negative, kind, identifier",
        row => new AclEntry(new AclIdentifier((AclKind)row.GetInt32(0), row.GetInt64(1)), row.GetInt64(2) != 0, (FolderRights)row.GetInt32(3)),
        folderId);

    /// <summary>Gives an identifier exactly these rights, or takes its entry away when there are none.</summary>
    private static async ValueTask<int> SetAsync(IWriteSession session, long folderId, AclIdentifier identifier, bool negative, FolderRights rights)
    {
        await FolderReader.RequireAsync(session, folderId);
        if (rights == FolderRights.None)
        {
            return await session.ExecuteAsync(
                "DELETE FROM store_acl WHERE folder_id = @p0 AND kind = @p1 AND identifier = @p2 AND negative = @p3",
                folderId, (int)identifier.Kind, identifier.Id, negative);
        }
        if (await session.QueryLongAsync("SELECT count(*) FROM store_acl WHERE folder_id = @p0", folderId) >= MaxEntries)
            throw new StoreException(StoreError.LimitReached, $"A folder is shared with at most {MaxEntries} people and groups.");
        return await session.ExecuteAsync(
            "INSERT INTO store_acl(folder_id, kind, identifier, negative, rights) VALUES(@p0, @p1, @p2, @p3, @p4) "
            + "ON CONFLICT(folder_id, kind, identifier, negative) DO UPDATE SET rights = @p4",
            folderId, (int)identifier.Kind, identifier.Id, negative, (int)rights);
    }

    /// <summary>Sets, adds or removes rights of an entry.</summary>
    public static async ValueTask<int> ChangeAsync(
        IWriteSession session, long folderId, AclIdentifier identifier, bool negative, FlagMode mode, FolderRights rights)
    {
        await AccountLock.TakeOwnerAsync(session, folderId);
        var current = (FolderRights)(await session.QueryLongAsync(
            "SELECT rights FROM store_acl WHERE folder_id = @p0 AND kind = @p1 AND identifier = @p2 AND negative = @p3",
            folderId, (int)identifier.Kind, identifier.Id, negative) ?? 0);
        return await SetAsync(session, folderId, identifier, negative, mode switch
        {
            FlagMode.Add => current | rights,
            FlagMode.Remove => current & ~rights,
            _ => rights,
        });
    }

    /// <summary>Every folder of others of which the person may know, as the person sees it, by owner and path.</summary>
    public static async ValueTask<IReadOnlyList<SharedFolder>> ListAsync(IReadSession session, Person person)
    {
        var shared = new List<SharedFolder>();
        foreach (long id in await FindFoldersAsync(session, person))
        {
            if (await FolderReader.FindAsync(session, id) is not { } folder || folder.AccountId == person.AccountId)
                continue;
            FolderRights rights = await ReadRightsAsync(session, folder, person);
            if ((rights & FolderRights.Lookup) != 0)
                shared.Add(new SharedFolder(await ReaderItems.ViewAsync(session, folder, person.AccountId), rights));
        }
        shared.Sort(static (a, b) => (a.Folder.AccountId, a.Folder.Path).CompareTo((b.Folder.AccountId, b.Folder.Path)));
        return shared;
    }

    /// <summary>Gives a new folder the list of the one above it.</summary>
    public static ValueTask<int> InheritAsync(IWriteSession session, long accountId, string parentPath, long folderId) => session.ExecuteAsync(
        "INSERT INTO store_acl(folder_id, kind, identifier, negative, rights) SELECT @p2, a.kind, a.identifier, a.negative, a.rights "
        + "FROM store_acl a JOIN store_folders f ON f.id = a.folder_id WHERE f.account_id = @p0 AND f.path = @p1",
        accountId, parentPath, folderId);

    /// <summary>What a person may do with a folder: all that is given to him, to a group of his or to all, less what is taken from any of them.</summary>
    public static async ValueTask<FolderRights> ReadRightsAsync(IReadSession session, Folder folder, Person person)
    {
        if (folder.AccountId == person.AccountId)
            return FolderRights.All;
        List<AclEntry> entries = await ReadAsync(session, folder.Id);
        return Sum(entries.Where(entry => entry.IsNegative == false), person) & ~Sum(entries.Where(entry => entry.IsNegative), person);
    }

    /// <summary>The folders of others on whose lists the person may stand.</summary>
    private static async ValueTask<List<long>> FindFoldersAsync(IReadSession session, Person person)
    {
        var found = new HashSet<long>();
        IEnumerable<AclIdentifier> identifiers =
            [AclIdentifier.Anyone, AclIdentifier.Account(person.AccountId), .. person.Groups.Select(AclIdentifier.Group)];
        foreach (AclIdentifier identifier in identifiers)
        {
            found.UnionWith(await session.QueryAsync(
                "SELECT folder_id FROM store_acl WHERE kind = @p0 AND identifier = @p1 AND negative = 0",
                row => row.GetInt64(0), (int)identifier.Kind, identifier.Id));
        }
        return [.. found];
    }

    private static FolderRights Sum(IEnumerable<AclEntry> entries, Person person)
    {
        FolderRights rights = FolderRights.None;
        foreach (AclEntry entry in entries)
        {
            bool concerns = entry.Identifier.Kind switch
            {
                AclKind.Anyone => true,
                AclKind.Account => entry.Identifier.Id == person.AccountId,
                _ => person.Groups.Contains(entry.Identifier.Id),
            };
            if (concerns)
                rights |= entry.Rights;
        }
        return rights;
    }
}
