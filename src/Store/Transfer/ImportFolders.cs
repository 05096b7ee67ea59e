using UnifiedMsg.Store.Folders;

namespace UnifiedMsg.Store.Transfer;

/// <summary>Finds or makes the folder for a source's folder.</summary>
internal sealed class ImportFolders(IStore store, long accountId, string? under, bool isOneFolder, TransferLog log)
{
    /// <summary>The folder, or null with a word in the log when there can be none.</summary>
    public async ValueTask<Folder?> FindAsync(SourceFolder source, CancellationToken cancellationToken)
    {
        string wanted = under is null ? source.Path : isOneFolder ? under : $"{under}/{source.Path}";
        string path = ImportNames.Folder(wanted);
        if (path != FolderPath.Normalize(wanted))
            log.Note($"the folder \"{wanted}\" became \"{path}\"");
        try
        {
            Folder folder = await WithUseAsync(source, cancellationToken)
                ?? await store.FindFolderAsync(accountId, path, cancellationToken)
                ?? await CreateAsync(path, cancellationToken);
            if (folder.Path != path)
                log.Note($"the folder \"{wanted}\" went into \"{folder.Path}\", which has the same use");
            if (source.Subscribed && !folder.Subscribed)
                await store.SubscribeAsync(accountId, folder.Path, subscribed: true, cancellationToken);
            return folder;
        }
        catch (StoreException refusal)
        {
            log.Damage(wanted, $"the folder can't be made: {refusal.Message}");
            return null;
        }
    }

    // Sent mail goes to where our clients look for sent mail, whatever it was called.
    private async ValueTask<Folder?> WithUseAsync(SourceFolder source, CancellationToken cancellationToken) =>
        under is not null || source.SpecialUse is SpecialUse.None or SpecialUse.Inbox
            ? null
            : (await store.ListFoldersAsync(accountId, cancellationToken)).FirstOrDefault(folder => folder.SpecialUse == source.SpecialUse);

    private async Task<Folder> CreateAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await store.CreateFolderAsync(accountId, path, SpecialUse.None, cancellationToken);
        }
        catch (StoreException refusal) when (refusal.Error == StoreError.FolderExists)
        {
            // A mail client made it a moment ago.
            if (await store.FindFolderAsync(accountId, path, cancellationToken) is { } made)
                return made;
            throw;
        }
    }
}
