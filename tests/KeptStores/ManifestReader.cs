using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;
using MimeKit;

namespace UnifiedMsg.KeptStores;

/// <summary>Asks a running server for everything that its clients can know. Changes nothing.</summary>
/// <param name="imaps">Where mail clients connect, TLS from the first octet.</param>
/// <param name="command">Runs a command with <c>--json</c> and gives its answer, or null where the program does not know the command.</param>
public sealed class ManifestReader(IPEndPoint imaps, Func<string[], Task<string?>> command)
{
    /// <summary>All that the people of <see cref="Settlement"/> have.</summary>
    /// <param name="schemas">The versions of the schemas.</param>
    /// <param name="now">The time.</param>
    public async Task<Manifest> ReadAsync(SortedDictionary<string, int> schemas, DateTimeOffset now)
    {
        var people = new List<ManifestPerson>();
        foreach (string address in Settlement.People)
        {
            people.Add(new ManifestPerson(
                address, await AskAsync(["phones", "lastStatus"], "user", "show", address), await AskAsync([], "store", "deleted", address),
                await ReadFoldersAsync(address)));
        }
        return new Manifest(
            now, schemas, people, await AskAsync([], "group", "list"), await AskAsync(["attempts", "nextAttempt", "isUnderWay", "lastStatus"], "queue", "list"),
            await AskAsync([], "public", "list"));
    }

    private async Task<JsonNode?> AskAsync(string[] without, params string[] words)
    {
        JsonNode? answer = await command(words) is { } text ? JsonNode.Parse(text) : null;
        Drop(answer, without);
        return answer;
    }

    private static void Drop(JsonNode? node, string[] names)
    {
        if (node is JsonObject @object)
        {
            foreach (string name in names)
                @object.Remove(name);
            foreach ((_, JsonNode? value) in @object)
                Drop(value, names);
        }
        else if (node is JsonArray array)
        {
            foreach (JsonNode? item in array)
                Drop(item, names);
        }
    }

    private async Task<List<ManifestFolder>> ReadFoldersAsync(string address)
    {
        using var client = new ImapClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync(imaps.Address.ToString(), imaps.Port, SecureSocketOptions.SslOnConnect);
        await client.AuthenticateAsync(address, Settlement.Password);
        var found = new List<ManifestFolder>();
        foreach (FolderNamespace space in (FolderNamespace[])[.. client.PersonalNamespaces, .. client.OtherNamespaces, .. client.SharedNamespaces])
        {
            foreach (IMailFolder folder in await client.GetFoldersAsync(space))
            {
                if (folder.Exists && (folder.Attributes & (FolderAttributes.NoSelect | FolderAttributes.NonExistent)) == 0 && found.TrueForAll(each => each.Path != folder.FullName))
                    found.Add(await ReadFolderAsync(client, folder));
            }
        }
        await client.DisconnectAsync(quit: true);
        found.Sort((one, other) => string.CompareOrdinal(one.Path, other.Path));
        return found;
    }

    private static async Task<ManifestFolder> ReadFolderAsync(ImapClient client, IMailFolder folder)
    {
        const FolderAttributes SpecialUses = FolderAttributes.Inbox | FolderAttributes.Drafts | FolderAttributes.Sent | FolderAttributes.Trash
            | FolderAttributes.Junk | FolderAttributes.Archive;
        bool hasIds = client.Capabilities.HasFlag(ImapCapabilities.ObjectID);
        bool hasChanges = client.Capabilities.HasFlag(ImapCapabilities.CondStore);
        await folder.OpenAsync(FolderAccess.ReadOnly);
        MessageSummaryItems wanted = MessageSummaryItems.UniqueId | MessageSummaryItems.Flags | MessageSummaryItems.InternalDate | MessageSummaryItems.Size
            | (hasChanges ? MessageSummaryItems.ModSeq : 0) | (hasIds ? MessageSummaryItems.EmailId | MessageSummaryItems.ThreadId : 0);
        var items = new List<ManifestItem>();
        foreach (IMessageSummary summary in await folder.FetchAsync(0, -1, wanted))
            items.Add(await ReadItemAsync(folder, summary));
        return new ManifestFolder(
            folder.FullName, (folder.Attributes & SpecialUses).ToString(), folder.IsSubscribed, folder.UidValidity, folder.UidNext!.Value.Id,
            hasChanges ? folder.HighestModSeq : null, hasIds ? folder.Id : null, items);
    }

    private static async Task<ManifestItem> ReadItemAsync(IMailFolder folder, IMessageSummary summary)
    {
        await using Stream octets = await folder.GetStreamAsync(summary.UniqueId, "");
        using var content = new MemoryStream();
        await octets.CopyToAsync(content);
        content.Position = 0;
        HeaderList header = await HeaderList.LoadAsync(content);
        return new ManifestItem(
            summary.UniqueId.Id, (summary.Flags!.Value & ~MessageFlags.Recent).ToString(), string.Join(' ', summary.Keywords.Order(StringComparer.Ordinal)),
            summary.InternalDate!.Value.ToUnixTimeSeconds(), summary.ModSeq, summary.EmailId, summary.ThreadId, summary.Size!.Value,
            Convert.ToHexStringLower(SHA256.HashData(content.GetBuffer().AsSpan(0, (int)content.Length))), header["Message-Context"]);
    }
}
