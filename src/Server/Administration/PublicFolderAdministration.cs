using UnifiedMsg.Accounts;
using UnifiedMsg.Store;

namespace UnifiedMsg.Server.Administration;

/// <summary>Makes and removes public folders, and says who may do what with them.</summary>
internal sealed class PublicFolderAdministration(IStore store, IAccounts accounts)
{
    private const string Anyone = "anyone";

    public async Task<IReadOnlyList<PublicFolder>> ListAsync(CancellationToken cancellationToken)
    {
        var folders = new List<PublicFolder>();
        foreach (var folder in await store.ListFoldersAsync(PublicFolders.AccountId, cancellationToken))
            folders.Add(await ShowAsync(folder, cancellationToken));
        return folders;
    }

    /// <summary>Gives rights, and makes the folder where there is none.</summary>
    public async Task<PublicFolder> SetAsync(string path, PublicRights change, CancellationToken cancellationToken)
    {
        if (!RightsText.TryParse(change.Rights, out var rights))
            throw new DirectoryException($"\"{change.Rights}\" are no rights; write letters of lrswipkxtea, such as lrs");
        var identifier = await FindAsync(change.For, cancellationToken);
        try
        {
            var folder = await store.FindFolderAsync(PublicFolders.AccountId, path, cancellationToken)
                ?? await store.CreateFolderAsync(PublicFolders.AccountId, path, cancellationToken: cancellationToken);
            await store.ChangeAclAsync(folder.Id, identifier, isNegative: false, FlagMode.Replace, rights, cancellationToken);
            return await ShowAsync(folder, cancellationToken);
        }
        catch (StoreException refusal)
        {
            throw new DirectoryException(refusal.Message);
        }
    }

    /// <summary>Removes a folder with what is in it; those below it stay.</summary>
    public async Task<PublicFolder> RemoveAsync(string path, CancellationToken cancellationToken)
    {
        var folder = await store.FindFolderAsync(PublicFolders.AccountId, path, cancellationToken)
            ?? throw new DirectoryException($"there is no public folder {path}; `unifiedmsg public list` shows which there are");
        var removed = await ShowAsync(folder, cancellationToken);
        await store.DeleteFolderAsync(PublicFolders.AccountId, folder.Path, cancellationToken);
        return removed;
    }

    private async Task<AclIdentifier> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (name == Anyone)
            return AclIdentifier.Anyone;
        if (await accounts.FindByAddressAsync(name, cancellationToken) is { } account)
            return AclIdentifier.Account(account.Id);
        var groups = await accounts.ListGroupIdsAsync(cancellationToken: cancellationToken);
        return groups.FirstOrDefault(group => group.Address.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } group
            ? AclIdentifier.Group(group.Id)
            : throw new DirectoryException($"{name} is nobody's address here; write an address of a person or a group, or {Anyone}");
    }

    private async Task<PublicFolder> ShowAsync(Folder folder, CancellationToken cancellationToken)
    {
        var rights = new List<PublicRights>();
        foreach (var entry in await store.ReadAclAsync(folder.Id, cancellationToken))
        {
            if (await NameAsync(entry.Identifier, cancellationToken) is { } name)
                rights.Add(new PublicRights(entry.IsNegative ? "-" + name : name, RightsText.Format(entry.Rights)));
        }
        return new PublicFolder(folder.Path, folder.Exists, folder.Size, rights);
    }

    // Whoever is gone has no name any more, and no rights.
    private async Task<string?> NameAsync(AclIdentifier identifier, CancellationToken cancellationToken) => identifier.Kind switch
    {
        AclKind.Anyone => Anyone,
        AclKind.Account => (await accounts.FindAsync(identifier.Id, cancellationToken))?.Address,
        _ => (await accounts.ListGroupIdsAsync(cancellationToken: cancellationToken)).FirstOrDefault(group => group.Id == identifier.Id)?.Address,
    };
}
