using System.Security.Cryptography;
using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Transfer;

/// <summary>Writes a mailbox into a folder of files. Run again on the same folder it goes on where it stopped, and brings what has changed since.</summary>
public sealed class Exporter(IStore store, IDatabase database)
{
    /// <summary>Runs to the end.</summary>
    /// <param name="accountId">Whose mailbox.</param>
    /// <param name="account">The person's address, for the manifest.</param>
    /// <param name="target">The format.</param>
    /// <param name="root">A folder that is empty, missing, or has an earlier export of the same account in the same format.</param>
    /// <param name="folder">Only this folder and those below it; null for all.</param>
    /// <param name="onProgress">Called after each step.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="TransferException">The target can't be used, or there is no such folder.</exception>
    public async Task<TransferReport> RunAsync(
        long accountId, string account, IExportTarget target, string root, string? folder, Action<TransferProgress> onProgress, CancellationToken cancellationToken)
    {
        var log = new TransferLog(onProgress);
        IReadOnlyList<Folder> folders = await FindAsync(accountId, folder, cancellationToken);
        root = Path.GetFullPath(root);
        ExportManifest manifest = OpenManifest(root, target.Format, account);
        root = SourceFiles.RealPath(root);
        ItemSeal seal = await ItemSeal.OpenAsync(database, cancellationToken);
        long total = folders.Sum(each => each.Size);
        foreach (Folder each in folders)
        {
            log.BeginFolder(each.Path, total);
            await WriteFolderAsync(each, target, root, manifest, seal, log, cancellationToken);
        }
        return log.Report();
    }

    private async Task<IReadOnlyList<Folder>> FindAsync(long accountId, string? folder, CancellationToken cancellationToken)
    {
        await store.ProvisionAsync(accountId, cancellationToken);
        IReadOnlyList<Folder> all = await store.ListFoldersAsync(accountId, cancellationToken);
        if (folder is null)
            return all;
        Folder top = await store.FindFolderAsync(accountId, folder, cancellationToken) ?? throw new TransferException($"there is no folder {folder}");
        return [.. all.Where(each => each.Id == top.Id || each.Path.StartsWith(top.Path + "/", StringComparison.Ordinal))];
    }

    // Nothing that we did not write is ever written over.
    private static ExportManifest OpenManifest(string root, string format, string account)
    {
        if (File.Exists(root))
            throw new TransferException($"{root} is a file; an export needs a folder");
        PrivateFiles.CreateFolder(root);
        if (ExportManifest.Find(root) is { } found)
        {
            return found.Format == format && found.Account == account
                ? found
                : throw new TransferException($"{root} has an export of {found.Account} as {found.Format}; take another folder");
        }
        if (Directory.EnumerateFileSystemEntries(root).Any())
            throw new TransferException($"{root} is not empty, and not an export of ours; take a folder that is new or empty");
        return ExportManifest.Create(root, format, account);
    }

    private async Task WriteFolderAsync(
        Folder folder, IExportTarget target, string root, ExportManifest manifest, ItemSeal seal, TransferLog log, CancellationToken cancellationToken)
    {
        (Folder now, IReadOnlyList<Item> items) = await store.ReadFolderAsync(folder.Id, cancellationToken);
        ExportedFolder? before = manifest.Folders.GetValueOrDefault(now.Path);
        string place = before?.Place ?? FreePlace(target.PlaceOf(now.Path), manifest);
        var after = new ExportedFolder(now.Path, place, now.SpecialUse, now.Subscribed, now.UidValidity, now.HighestModSeq);
        if (before == after)
        {
            log.Known(items.Count);
            log.Read(now.Size);
            return;
        }
        RequireNoLink(root, place);
        manifest.Set(after with { ModSeq = 0 });
        await using (IExportFolder writer = await target.OpenAsync(root, place, cancellationToken))
        {
            foreach (Item item in items)
            {
                await WriteItemAsync(item, now.UidValidity, writer, seal, log, cancellationToken);
                log.Read(item.Size);
            }
            await writer.CompleteAsync(cancellationToken);
        }
        manifest.Set(after);
    }

    private async Task WriteItemAsync(
        Item item, uint uidValidity, IExportFolder writer, ItemSeal seal, TransferLog log, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (writer.Has(item, uidValidity))
        {
            log.Known(1);
            return;
        }
        await using Stream? content = await store.OpenContentAsync(item.Id, cancellationToken);
        // It was removed after the folder was read.
        if (content is null)
            return;
        string? sealText = item.Kind == ItemKind.Mail ? null : seal.Make(item.Kind, await SHA256.HashDataAsync(content, cancellationToken));
        content.Position = 0;
        await writer.WriteAsync(item, uidValidity, content, sealText, cancellationToken);
        log.Transferred(1, item.Size);
    }

    // Two names that differ in what a file system can't tell apart must not share a file.
    private static string FreePlace(string wanted, ExportManifest manifest)
    {
        string extension = Path.GetExtension(wanted) == ".mbox" ? ".mbox" : "";
        string place = wanted;
        for (int i = 2; manifest.Folders.Values.Any(each => each.Place.Equals(place, StringComparison.OrdinalIgnoreCase)); i++)
            place = $"{wanted[..^extension.Length]}~{i}{extension}";
        return place;
    }

    // Somebody who can write into the target must not make us write elsewhere.
    private static void RequireNoLink(string root, string place)
    {
        string path = root;
        foreach (string level in place == "." ? [] : place.Split('/'))
        {
            path = Path.Combine(path, level);
            if (level is "." or ".." || new FileInfo(path).LinkTarget is not null)
                throw new TransferException($"{path} leads out of the export; nothing is written there");
        }
    }
}
