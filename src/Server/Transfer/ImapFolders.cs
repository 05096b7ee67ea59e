using MailKit;
using MailKit.Net.Imap;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Server.Transfer;

/// <summary>The folders of another server as folders of ours.</summary>
internal static class ImapFolders
{
    private static readonly (FolderAttributes Attribute, SpecialUse Use)[] Uses =
    [
        (FolderAttributes.Drafts, SpecialUse.Drafts), (FolderAttributes.Sent, SpecialUse.Sent), (FolderAttributes.Trash, SpecialUse.Trash),
        (FolderAttributes.Junk, SpecialUse.Junk), (FolderAttributes.Archive, SpecialUse.Archive),
    ];

    /// <summary>All of the person's own that can be opened, INBOX first.</summary>
    public static async Task<IReadOnlyList<SourceFolder>> ListAsync(ImapClient client, TransferLog log, CancellationToken cancellationToken)
    {
        var all = new Dictionary<string, IMailFolder> { [client.Inbox!.FullName] = client.Inbox };
        var subscribed = new HashSet<string> { client.Inbox.FullName };
        foreach (var space in client.PersonalNamespaces)
        {
            foreach (var folder in await client.GetFoldersAsync(space, StatusItems.None, subscribedOnly: false, cancellationToken))
                all.TryAdd(folder.FullName, folder);
            foreach (var folder in await client.GetFoldersAsync(space, StatusItems.None, subscribedOnly: true, cancellationToken))
                subscribed.Add(folder.FullName);
        }
        var prefix = client.PersonalNamespaces.Count > 0 ? client.PersonalNamespaces[0].Path : "";
        var found = new List<SourceFolder>();
        var left = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var folder in all.Values.OrderBy(each => each != client.Inbox).ThenBy(each => each.FullName, StringComparer.Ordinal))
        {
            if ((folder.Attributes & (FolderAttributes.NoSelect | FolderAttributes.NonExistent)) != 0)
                continue;
            if (folder != client.Inbox && OthersOf(client, folder) is { } others)
            {
                left[others] = left.GetValueOrDefault(others) + 1;
                continue;
            }
            // RFC 6154 §2: a view of messages that are in other folders.
            if ((folder.Attributes & (FolderAttributes.Flagged | FolderAttributes.Important)) != 0)
            {
                log.Note($"{folder.FullName} only shows messages of other folders and is left out");
                continue;
            }
            var use = Uses.FirstOrDefault(each => (folder.Attributes & each.Attribute) != 0).Use;
            found.Add(new SourceFolder(
                folder == client.Inbox ? "INBOX" : PathOf(folder, prefix), folder.FullName, use, subscribed.Contains(folder.FullName)));
        }
        foreach (var (others, count) in left)
            log.Note($"{count} folders below \"{others}\" are public or of other people on the other server and are left out");
        return found;
    }

    // The namespace of others in which a folder lies, or null when it is the person's own. RFC 2342 §5: a personal namespace "" has all names
    // below it, also those of the other namespaces; and shared folders may be at "" with the own ones below "INBOX.". The nearest one decides.
    private static string? OthersOf(ImapClient client, IMailFolder folder)
    {
        var own = client.PersonalNamespaces.Where(each => IsIn(folder, each)).Select(each => each.Path.Length).DefaultIfEmpty(-1).Max();
        return client.OtherNamespaces.Concat(client.SharedNamespaces).Where(each => each.Path.Length > own && IsIn(folder, each))
            .MaxBy(each => each.Path.Length)?.Path;
    }

    private static bool IsIn(IMailFolder folder, FolderNamespace space)
    {
        var top = space.Path.TrimEnd(space.DirectorySeparator);
        var name = folder.FullName;
        return name.StartsWith(top, StringComparison.Ordinal)
            && (top.Length == 0 || name.Length == top.Length || name[top.Length] == space.DirectorySeparator);
    }

    // Some servers keep all folders below INBOX: "INBOX.Sent" is what people see as Sent.
    private static string PathOf(IMailFolder folder, string prefix)
    {
        var separator = folder.DirectorySeparator;
        var name = folder.FullName;
        var top = prefix.TrimEnd(separator) + separator;
        if (prefix.Length > 0 && name.StartsWith(top, StringComparison.OrdinalIgnoreCase) && name.Length > top.Length)
            name = name[top.Length..];
        return separator is '/' or '\0' ? name : name.Replace('/', '_').Replace(separator, '/');
    }
}
