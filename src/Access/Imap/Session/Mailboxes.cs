using UnifiedMsg.Accounts;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Session;

/// <summary>A mailbox name as the store knows it.</summary>
internal readonly record struct MailboxPlace(long AccountId, string Path);

/// <summary>
/// The mailboxes that a person sees under one roof: the own ones, those of others below <c>Other Users/ADDRESS/</c>, and the public ones
/// below <c>Shared/</c>. RFC 2342. Folders that come from here have as path the name that this person sees.
/// </summary>
internal sealed class Mailboxes(IStore store, IAccounts accounts, Person person)
{
    public const string OtherUsers = SharedTrees.OtherUsers + "/";
    public const string Shared = SharedTrees.Public + "/";

    // Addresses of the owners met so far; an account's never changes.
    private readonly Dictionary<long, string> _owners = [];

    public Person Person => person;

    /// <summary>Whose folder a name means; null when it means nobody's.</summary>
    public async ValueTask<MailboxPlace?> LocateAsync(string name, CancellationToken cancellationToken)
    {
        // The names of the two trees themselves are nobody's.
        var below = name + '/';
        var isOther = below.StartsWith(OtherUsers, StringComparison.Ordinal);
        if (!isOther && !below.StartsWith(Shared, StringComparison.Ordinal)) return new MailboxPlace(person.AccountId, name);
        // A folder of one's own that had such a name before there was sharing stays what it is.
        if (await store.FindFolderAsync(person.AccountId, name, cancellationToken) is not null) return new MailboxPlace(person.AccountId, name);
        if (name.Length <= (isOther ? OtherUsers : Shared).Length) return null;
        if (!isOther) return new MailboxPlace(PublicFolders.AccountId, name[Shared.Length..]);
        var rest = name[OtherUsers.Length..];
        // What stands before the @ of an address may have a slash in it, what comes after may not.
        var at = rest.IndexOf('@');
        var end = at < 0 ? -1 : rest.IndexOf('/', at);
        if (end <= 0 || end == rest.Length - 1) return null;
        var owner = await accounts.FindByAddressAsync(rest[..end], cancellationToken);
        return owner is null || owner.Id == person.AccountId ? null : new MailboxPlace(owner.Id, rest[(end + 1)..]);
    }

    /// <summary>The folder of a name; null when there is none that this person may know of.</summary>
    public async ValueTask<Folder?> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (await LocateAsync(name, cancellationToken) is not { } place) return null;
        var folder = await store.FindFolderAsync(place.AccountId, place.Path, cancellationToken);
        return folder is null ? null : await NameAsync(folder, cancellationToken);
    }

    /// <summary>What the person may do with a folder.</summary>
    public async ValueTask<FolderRights> RightsAsync(Folder folder, CancellationToken cancellationToken) =>
        folder.AccountId == person.AccountId ? FolderRights.All : await store.ReadRightsAsync(folder.Id, person, cancellationToken);

    /// <summary>Every mailbox that the person may see, the own ones first.</summary>
    public async ValueTask<List<SharedFolder>> ListAsync(CancellationToken cancellationToken)
    {
        var all = (await store.ListFoldersAsync(person.AccountId, cancellationToken)).Select(folder => new SharedFolder(folder, FolderRights.All)).ToList();
        var names = all.Select(each => each.Folder.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var shared in await store.ListSharedFoldersAsync(person, cancellationToken))
        {
            if (await NameAsync(shared.Folder, cancellationToken) is { } named && names.Add(named.Path)) all.Add(shared with { Folder = named });
        }

        return all;
    }

    // A use is for the folder's owner: nobody's client is to put its sent mail into somebody else's folder.
    private async ValueTask<Folder?> NameAsync(Folder folder, CancellationToken cancellationToken)
    {
        if (folder.AccountId == person.AccountId) return folder;
        if (folder.AccountId == PublicFolders.AccountId) return folder with { Path = Shared + folder.Path, SpecialUse = SpecialUse.None };
        if (!_owners.TryGetValue(folder.AccountId, out var owner))
        {
            owner = (await accounts.FindAsync(folder.AccountId, cancellationToken))?.Address;
            if (owner is null) return null;
            _owners[folder.AccountId] = owner;
        }

        return folder with { Path = $"{OtherUsers}{owner}/{folder.Path}", SpecialUse = SpecialUse.None };
    }
}
