using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Transfer;

/// <summary>
/// Brings the messages of a source into a mailbox. Each is noted in the unit that appends it, so an import that was interrupted goes on where
/// it stopped, whatever stopped it, and one that is run again doubles nothing.
/// </summary>
public sealed class Importer(IStore store, IDatabase database)
{
    /// <summary>Runs to the end of the source. What can't be imported is in the report, and the rest goes on.</summary>
    /// <exception cref="TransferException">The source can't be read at all.</exception>
    public async Task<TransferReport> RunAsync(
        long accountId, IImportSource source, ImportSettings settings, Action<TransferProgress> onProgress, CancellationToken cancellationToken)
    {
        var log = new TransferLog(onProgress);
        ItemSeal seal = await ItemSeal.OpenAsync(database, cancellationToken);
        await store.ProvisionAsync(accountId, cancellationToken);
        IReadOnlyList<SourceFolder> folders = await source.ListAsync(log, cancellationToken);
        long sourceId = await database.WriteAsync(
            async session =>
            {
                if (settings.Again)
                    await ImportRecord.ForgetAsync(session, accountId, source.Identity);
                return await ImportRecord.OpenAsync(session, accountId, source.Identity);
            },
            cancellationToken);
        HashSet<UInt128> known = await database.ReadAsync(session => ImportRecord.ReadAsync(session, sourceId), cancellationToken);
        var target = new ImportFolders(store, accountId, settings.Folder, source.IsOneFolder, log);
        foreach (SourceFolder folder in folders)
        {
            if (await target.FindAsync(folder, cancellationToken) is not { } found)
                continue;
            log.BeginFolder(found.Path, source.TotalSize);
            await using var batches = new ImportBatches(store, database, sourceId, found.Id, log);
            await foreach (SourceMessage message in source.ReadAsync(folder, key => known.Contains(ImportRecord.ItemOf(key)), log, cancellationToken))
            {
                using (message)
                {
                    if (known.Contains(ImportRecord.ItemOf(message.Key)))
                        log.Known(1);
                    else if (await StageAsync(message, settings, seal, log, cancellationToken) is { } staged)
                        await batches.AddAsync(staged, cancellationToken);
                }
            }
            await batches.FinishAsync(cancellationToken);
        }
        return log.Report();
    }

    private async ValueTask<StagedMessage?> StageAsync(
        SourceMessage message, ImportSettings settings, ItemSeal seal, TransferLog log, CancellationToken cancellationToken)
    {
        StagedContent? content = null;
        try
        {
            if (!message.IsTooLarge)
                content = await store.StageAsync(message.Content, settings.MaxSize, cancellationToken);
        }
        catch (StoreException refusal) when (refusal.Error == StoreError.TooLarge)
        {
            // Told below.
        }
        catch (IOException fault)
        {
            log.Refuse(message.Place, fault.Message);
            return null;
        }
        if (content is null)
        {
            log.Refuse(message.Place, $"the message is larger than {settings.MaxSize} octets (limits.messageSize)");
            return null;
        }
        var item = new NewItem(
            seal.Read(message.State.Seal, content.Hash), message.State.Flags, Keywords(message, settings.MaxKeywords, log), message.State.Date);
        return new StagedMessage(ImportRecord.ItemOf(message.Key), message.Place, content, item);
    }

    private static List<string> Keywords(SourceMessage message, int max, TransferLog log)
    {
        var keywords = new List<string>();
        foreach (string given in message.State.Keywords)
        {
            string? keyword = ImportNames.Keyword(given);
            if (keyword is null || keywords.Contains(keyword, StringComparer.OrdinalIgnoreCase))
                continue;
            if (keywords.Count == max)
            {
                log.Damage(message.Place, $"an item has at most {max} keywords; the others are left out");
                break;
            }
            if (keyword != given)
                log.Note($"the keyword \"{given}\" can't be said in IMAP and became \"{keyword}\"");
            keywords.Add(keyword);
        }
        return keywords;
    }
}

/// <summary>A message that is ready to be appended.</summary>
internal sealed record StagedMessage(UInt128 Key, string Place, StagedContent Content, NewItem Item);
