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

    /// <summary>All that can be opened, INBOX first.</summary>
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
        foreach (var folder in all.Values.OrderBy(each => each != client.Inbox).ThenBy(each => each.FullName, StringComparer.Ordinal))
        {
            if ((folder.Attributes & (FolderAttributes.NoSelect | FolderAttributes.NonExistent)) != 0)
                continue;
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
        return found;
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
