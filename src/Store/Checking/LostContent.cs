using System.Text;
using UnifiedMsg.Database;
using UnifiedMsg.Mime;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Folders;
using UnifiedMsg.Store.Items;
using UnifiedMsg.Store.Quotas;
using UnifiedMsg.Store.Retention;
using UnifiedMsg.Store.Sharing;

namespace UnifiedMsg.Store.Checking;

/// <summary>
/// What a repair does where something is lost. An item whose content is gone stays visible in its folder, as a plain notice under a
/// new UID, since what is behind a UID never changes. What belongs to nobody is put into files of <c>lost+found</c>.
/// Nothing is deleted that can still be read.
/// </summary>
internal sealed class LostContent(
    IDatabase database, KeyRing keys, ContentStager stager, ContentReader contents, ItemIds ids, ChangeFeed feed, StoreOptions options, TimeProvider time)
{
    private string Folder => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(options.BlobFolder))!, "lost+found");

    /// <summary>Puts a notice in the place of every item with this content, but for the queue: nobody is to be sent a notice. What waits there
    /// waits until the content comes back or it is dropped.</summary>
    public async Task<string?> ReplaceAsync(long contentId, bool retained)
    {
        List<(long Folder, long Uid)> items = await database.ReadAsync(session => session.QueryAsync(
            "SELECT i.folder_id, i.uid FROM store_items i JOIN store_folders f ON f.id = i.folder_id WHERE i.content_id = @p0 AND f.account_id > 0 AND f.account_id <> @p1",
            row => (row.GetInt64(0), row.GetInt64(1)), contentId, RetainedRows.QueueAccountId));
        await using StagedContent notice = await stager.StageAsync(new MemoryStream(Notice(await ReadSummaryAsync(contentId))), long.MaxValue, CancellationToken.None);
        foreach ((long folder, long uid) in items)
            await database.WriteAsync(session => ReplaceAsync(session, folder, (uint)uid, notice));
        int forgotten = retained
            ? await database.WriteAsync(session => session.ExecuteAsync("DELETE FROM store_retained WHERE content_id = @p0", contentId))
            : 0;
        if (retained)
            await database.WriteAsync(session => RecountAsync(session, contentId));
        if (await database.ReadAsync(session => session.QueryLongAsync("SELECT 1 FROM store_items WHERE content_id = @p0 LIMIT 1", contentId)) is not null)
            return null;
        return $"{items.Count} items show a notice instead"
            + (forgotten > 0 ? $", {forgotten} deleted ones can't be put back any more" : "");
    }

    /// <summary>Writes an item that is in no folder into a file, and takes its row away.</summary>
    public async Task<string?> MoveItemAsideAsync(long itemId)
    {
        string path = Path.Combine(Folder, $"item-{itemId}.eml");
        try
        {
            Stream? content = await contents.OpenAsync(itemId, CancellationToken.None);
            if (content is not null)
            {
                await using (content)
                    await WriteAsync(path, content);
            }
            else
                path = "nowhere, since its content is lost too";
        }
        catch (Exception lost) when (lost is MissingContentException or DamagedContentException)
        {
            path = "nowhere, since its content is lost too";
        }
        await database.WriteAsync(async session =>
        {
            long? contentId = await session.QueryLongAsync("SELECT content_id FROM store_items WHERE id = @p0", itemId);
            await session.ExecuteAsync("DELETE FROM store_items WHERE id = @p0", itemId);
            return contentId is null ? 0 : await RecountAsync(session, contentId.Value);
        });
        return $"moved to {path}";
    }

    /// <summary>Writes octets that nothing refers to into a file.</summary>
    public async Task<string> SaveAsync(string name, Stream octets)
    {
        string path = Path.Combine(Folder, name);
        await WriteAsync(path, octets);
        return path;
    }

    /// <summary>Counts the references to a content anew.</summary>
    public ValueTask<int> RecountAsync(IWriteSession session, long contentId) => ContentRows.RecountAsync(session, contentId, time.GetUtcNow());

    private async ValueTask<int> ReplaceAsync(IWriteSession session, long folderId, uint uid, StagedContent notice)
    {
        await AccountLock.TakeOwnerAsync(session, folderId);
        if (await ItemReader.FindAsync(session, folderId, [uid]) is not [var stored])
            return 0;
        Change change = await ModSeq.NextAsync(session, folderId);
        var counters = new FolderCounters { Tombstones = 1 };
        counters.Count(stored.Item.Flags, stored.Item.Size, -1);
        counters.Count(stored.Item.Flags, notice.Size, 1);
        uint next = await counters.ApplyAsync(session, folderId, change.ModSeq, newUids: 1);
        await ItemRows.DeleteAsync(session, stored.Item);
        await ItemRows.AddTombstoneAsync(session, stored.Item, change.ModSeq);
        await QuotaKeeper.ReleaseAsync(session, change.AccountId, 0, -counters.Size);
        await UidGaps.AddAsync(session, folderId, [stored]);
        await ReaderItems.ForgetAsync(session, folderId, [stored]);
        long id = await ids.TakeAsync(session, 1);
        long contentId = await ContentRows.LinkAsync(session, notice);
        await ItemRows.InsertAsync(session, stored.Item with { Id = id, EmailId = id, Uid = next, ModSeq = change.ModSeq, Size = notice.Size }, contentId);
        await RecountAsync(session, stored.ContentId);
        feed.PublishOnCommit(session, new ChangeNotice(change.AccountId, folderId, change.ModSeq, 1 << (int)stored.Item.Kind));
        return 1;
    }

    private async Task<MessageSummary?> ReadSummaryAsync(long contentId)
    {
        (byte[]? octets, byte[]? hash, int keyNumber) = await database.ReadAsync(session => session.QueryFirstAsync(
            "SELECT summary, hash, key_number FROM store_contents WHERE id = @p0",
            row => ((byte[]?)row.GetFieldValue<byte[]>(0), (byte[]?)row.GetFieldValue<byte[]>(1), row.GetInt32(2)), contentId));
        try
        {
            return octets is null ? null : PackedSummary.Read(octets, hash!, keys.Of(keyNumber));
        }
        catch (DamagedContentException)
        {
            return null;
        }
    }

    private async Task WriteAsync(string path, Stream content)
    {
        PrivateFiles.CreateFolder(Folder);
        await using FileStream file = PrivateFiles.Open(path, FileMode.Create, FileAccess.Write, FileShare.None);
        await content.CopyToAsync(file);
        file.Flush(flushToDisk: true);
        PrivateFiles.SyncDirectory(Folder);
    }

    // Header fields of the lost message are text from outside: only what can stand in a field goes into it.
    private static byte[] Notice(MessageSummary? summary)
    {
        Envelope? envelope = summary?.Envelope;
        string about = $"Subject: {Line(envelope?.Subject ?? "unknown")}\r\nDate: {Line(envelope?.Date ?? "unknown")}\r\n"
            + $"From: {Line(string.Join(", ", envelope?.From.Select(each => $"{each.Name} <{each.Mailbox}@{each.Host}>") ?? []))}\r\n";
        return Encoding.UTF8.GetBytes(
            "From: Mailbox <postmaster@localhost>\r\nSubject: The content of this message was lost\r\nMIME-Version: 1.0\r\n"
            + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
            + "The content of this message can't be read any more. Your administrator can look for it in a backup.\r\n\r\n"
            + "What is known of it:\r\n\r\n" + about);
    }

    private static string Line(string text) => new([.. text.Where(c => !char.IsControl(c)).Take(500)]);
}
