using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Folders;
using UnifiedMsg.Store.Items;

namespace UnifiedMsg.Store.Backup;

/// <summary>What is to be restored of one mailbox.</summary>
/// <param name="Folder">Only this folder and those below it; null for all.</param>
/// <param name="Into">Under this folder instead of where the items were; null for there.</param>
public sealed record MailboxRestoreOptions(string? Folder = null, string? Into = null);

/// <summary>What came of it.</summary>
/// <param name="Restored">Items put back, or that have their lost content again.</param>
/// <param name="Present">Items that were there, in the folder of the backup.</param>
/// <param name="Elsewhere">Items that the person has moved to another folder since; they stay there.</param>
/// <param name="Missing">Items whose content the backup does not have, by name of the folder and UID.</param>
/// <param name="Folders">Folders looked at.</param>
public sealed record MailboxRestoreResult(long Restored, long Present, long Elsewhere, IReadOnlyList<string> Missing, int Folders);

/// <summary>
/// Puts what a mailbox lacks of a backup into it, beside everything else that goes on: by the content of the items and their
/// folder, so that a second run finds nothing to do. Items come back with flags, keywords, date and kind, and with new UIDs. Of an
/// item that is there its content is read, and comes back where it is lost: the item stays what it was.
/// </summary>
public sealed class MailboxRestore
{
    private const int ItemsPerRead = 500;

    private readonly IDatabase _backup;
    private readonly ContentReader _contents;
    private readonly IDatabase _live;
    private readonly ItemStore _store;

    // Contents that were looked at, and whether they were lost and came back.
    private readonly Dictionary<long, bool> _looked = [];

    private MailboxRestore(IDatabase backup, ContentReader contents, IDatabase live, ItemStore store) =>
        (_backup, _contents, _live, _store) = (backup, contents, live, store);

    /// <summary>Opens the contents of the backup.</summary>
    /// <param name="backup">The database out of the backup.</param>
    /// <param name="blobFolder">The large contents of the backup.</param>
    /// <param name="keys">The keys of the running store; null when it has none. Those of the backup's time must be among them.</param>
    /// <param name="live">The database of the running store.</param>
    /// <param name="store">The running store.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ContentKeyException">The backup is encrypted with keys that are not given.</exception>
    public static async Task<MailboxRestore> OpenAsync(
        IDatabase backup, string blobFolder, ContentKeys? keys, IDatabase live, ItemStore store, CancellationToken cancellationToken = default)
    {
        KeyRing ring = await KeyRing.OpenAsync(backup, keys, cancellationToken);
        return new MailboxRestore(backup, new ContentReader(backup, BlobArea.ForReading(blobFolder, ring, NullLogger.Instance), ring), live, store);
    }

    /// <summary>Restores.</summary>
    /// <param name="from">The account in the backup.</param>
    /// <param name="to">The account in the running store.</param>
    /// <param name="options">What and where to.</param>
    /// <param name="onResult">Told now and then how it stands.</param>
    /// <param name="cancellationToken">Ends it; what was put back stays, and a further run goes on.</param>
    /// <exception cref="StoreException">The backup has no such folder, or the folders of the mailbox can't take it.</exception>
    public async Task<MailboxRestoreResult> RunAsync(
        long from, long to, MailboxRestoreOptions options, Action<MailboxRestoreResult>? onResult = null, CancellationToken cancellationToken = default)
    {
        List<Folder> folders = await _backup.ReadAsync(session => FolderReader.ListAsync(session, from), cancellationToken);
        if (options.Folder is { } given)
        {
            string wanted = FolderPath.Normalize(given);
            folders.RemoveAll(folder => folder.Path != wanted && !FolderPath.IsBelow(folder.Path, wanted));
            if (folders.Count == 0)
                throw new StoreException(StoreError.NoSuchFolder, $"The backup has no folder {given} in this mailbox.");
        }
        var tally = new Tally { Folders = folders.Count };
        foreach (Folder folder in folders)
        {
            Folder target = await FindTargetAsync(folder, to, options.Into, cancellationToken);
            await RestoreFolderAsync(folder, target, options.Into is null, tally, () => onResult?.Invoke(tally.Result), cancellationToken);
        }
        return tally.Result;
    }

    private async Task<Folder> FindTargetAsync(Folder folder, long to, string? into, CancellationToken cancellationToken)
    {
        string path = into is null ? folder.Path : $"{into}{FolderPath.Separator}{folder.Path}";
        if (await _store.FindFolderAsync(to, path, cancellationToken) is { } there)
            return there;
        IReadOnlyList<Folder> all = await _store.ListFoldersAsync(to, cancellationToken);
        bool free = into is null && all.All(each => each.SpecialUse != folder.SpecialUse);
        Folder made = await _store.CreateFolderAsync(to, path, free ? folder.SpecialUse : SpecialUse.None, cancellationToken);
        if (folder.Subscribed)
            await _store.SubscribeAsync(to, made.Path, subscribed: true, cancellationToken);
        return made;
    }

    private async Task RestoreFolderAsync(
        Folder folder, Folder target, bool inPlace, Tally tally, Action report, CancellationToken cancellationToken)
    {
        (Dictionary<long, (Int128 Key, long ContentId)> there, Others others) = await ReadTargetAsync(target.Id, cancellationToken);
        await foreach ((StoredItem stored, _) in ReadAllAsync(folder.Id, cancellationToken))
        {
            if (there.TryGetValue(stored.Item.Id, out (Int128 Key, long) known))
                others.Take(known.Key);
        }
        // What is left are items that are there under another id: put back by an earlier run, or received anew.
        await foreach ((StoredItem stored, byte[] hash) in ReadAllAsync(folder.Id, cancellationToken))
        {
            if (there.TryGetValue(stored.Item.Id, out (Int128, long ContentId) known) || others.TryTake(hash, out known.ContentId))
                await KeepAsync(folder, stored.Item, known.ContentId, tally, isElsewhere: false, cancellationToken);
            else if (inPlace && await FindElsewhereAsync(stored.Item, target, cancellationToken) is long contentId)
                await KeepAsync(folder, stored.Item, contentId, tally, isElsewhere: true, cancellationToken);
            else
                await RestoreItemAsync(folder, stored.Item, target, others, tally, cancellationToken);
            if (tally.Seen % ItemsPerRead == 0)
                report();
        }
    }

    // An item that is there: so must be its content.
    private async Task KeepAsync(Folder folder, Item item, long contentId, Tally tally, bool isElsewhere, CancellationToken cancellationToken)
    {
        try
        {
            if (await ReturnAsync(contentId, item, cancellationToken))
                tally.Restored++;
            else if (isElsewhere)
                tally.Elsewhere++;
            else
                tally.Present++;
        }
        catch (Exception lost) when (lost is MissingContentException or DamagedContentException)
        {
            tally.Missing.Add($"{folder.Path}, UID {item.Uid}");
        }
    }

    // Whether the content was lost and came back; an exception when it is lost here and there.
    private async Task<bool> ReturnAsync(long contentId, Item item, CancellationToken cancellationToken)
    {
        if (_looked.TryGetValue(contentId, out bool cameBack))
            return cameBack;
        bool isLost = await _store.Returns.IsLostAsync(contentId, cancellationToken);
        if (isLost)
        {
            Stream octets = await _contents.OpenAsync(item.Id, cancellationToken) ?? throw new MissingContentException($"of item {item.Id}");
            await using (octets)
            {
                if (!await _store.Returns.PutBackAsync(contentId, octets, cancellationToken))
                    throw new MissingContentException($"of item {item.Id}");
            }
        }
        return _looked[contentId] = isLost;
    }

    private async Task RestoreItemAsync(
        Folder folder, Item item, Folder target, Others others, Tally tally, CancellationToken cancellationToken)
    {
        try
        {
            Stream? content = await _contents.OpenAsync(item.Id, cancellationToken);
            if (content is null)
                return;
            await using (content)
            {
                await using StagedContent staged = await _store.StageAsync(content, long.MaxValue, cancellationToken);
                // Where the store was encrypted since the backup, or not yet, only now its name in the store is known.
                if (others.TryTake(staged.Hash, out long contentId))
                {
                    await KeepAsync(folder, item, contentId, tally, isElsewhere: false, cancellationToken);
                    return;
                }
                if (await _store.Returns.FindLostAsync(staged.Hash, cancellationToken) is long lost)
                    await ReturnAsync(lost, item, cancellationToken);
                // They were in the mailbox, so its quota does not keep them out.
                var given = new NewItem(item.Kind, item.Flags, item.Keywords, item.InternalDate, BeyondQuota: true);
                await _store.AppendAsync(target.Id, staged, given, cancellationToken);
            }
            tally.Restored++;
        }
        catch (Exception lost) when (lost is MissingContentException or DamagedContentException)
        {
            tally.Missing.Add($"{folder.Path}, UID {item.Uid}");
        }
    }

    private async Task<(Dictionary<long, (Int128 Key, long ContentId)> Ids, Others Others)> ReadTargetAsync(long folderId, CancellationToken cancellationToken)
    {
        var ids = new Dictionary<long, (Int128, long)>();
        var others = new Others();
        List<(long Uid, long Id, byte[] Hash, long ContentId)> some;
        for (long last = 0; (some = await _live.ReadAsync(
            session => session.QueryAsync(
                "SELECT i.uid, i.id, c.hash, c.id FROM store_items i JOIN store_contents c ON c.id = i.content_id "
                + "WHERE i.folder_id = @p0 AND i.uid > @p1 ORDER BY i.uid LIMIT @p2",
                row => (row.GetInt64(0), row.GetInt64(1), row.GetFieldValue<byte[]>(2), row.GetInt64(3)), folderId, last, ItemsPerRead),
            cancellationToken)).Count > 0; last = some[^1].Uid)
        {
            foreach ((_, long id, byte[] hash, long contentId) in some)
            {
                ids[id] = (KeyOf(hash), contentId);
                others.Add(KeyOf(hash), contentId);
            }
        }
        return (ids, others);
    }

    private async IAsyncEnumerable<(StoredItem Stored, byte[] Hash)> ReadAllAsync(
        long folderId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<(StoredItem Stored, byte[] Hash)> some;
        for (uint last = 0; (some = await ReadSomeAsync(folderId, last, cancellationToken)).Count > 0; last = some[^1].Stored.Item.Uid)
        {
            foreach ((StoredItem Stored, byte[] Hash) each in some)
                yield return each;
        }
    }

    private ValueTask<List<(StoredItem Stored, byte[] Hash)>> ReadSomeAsync(long folderId, uint after, CancellationToken cancellationToken) =>
        _backup.ReadAsync(
            async session =>
            {
                List<StoredItem> items = await ItemReader.ReadAfterAsync(session, folderId, after, ItemsPerRead);
                var found = new List<(StoredItem, byte[])>(items.Count);
                foreach (StoredItem stored in items)
                {
                    byte[]? hash = await session.QueryFirstAsync(
                        "SELECT hash FROM store_contents WHERE id = @p0", row => row.GetFieldValue<byte[]>(0), stored.ContentId);
                    found.Add((stored, hash ?? []));
                }
                return found;
            },
            cancellationToken);

    // What lies in the trash was thrown away, and whoever restores its folder wants it back.
    private async ValueTask<long?> FindElsewhereAsync(Item item, Folder target, CancellationToken cancellationToken) =>
        await _live.ReadAsync(
            session => session.QueryLongAsync(
                "SELECT i.content_id FROM store_items i JOIN store_folders f ON f.id = i.folder_id "
                + "WHERE i.id = @p0 AND f.account_id = @p1 AND f.special_use <> 4 AND i.size = @p2 AND i.internal_date = @p3",
                item.Id, target.AccountId, item.Size, item.InternalDate),
            cancellationToken);

    private static Int128 KeyOf(byte[] hash) => hash.Length < 16 ? 0 : System.Buffers.Binary.BinaryPrimitives.ReadInt128BigEndian(hash);

    /// <summary>How many items with a content a folder has that no item of the backup was found to be.</summary>
    private sealed class Others
    {
        private readonly Dictionary<Int128, (int Count, long ContentId)> _counts = [];

        public void Add(Int128 key, long contentId) => _counts[key] = (_counts.GetValueOrDefault(key).Count + 1, contentId);

        public void Take(Int128 key) => _counts[key] = (_counts[key].Count - 1, _counts[key].ContentId);

        public bool TryTake(byte[] hash, out long contentId)
        {
            Int128 key = KeyOf(hash);
            (int count, contentId) = _counts.GetValueOrDefault(key);
            if (count <= 0)
                return false;
            Take(key);
            return true;
        }
    }

    private sealed class Tally
    {
        public int Folders { get; init; }

        public long Restored { get; set; }

        public long Present { get; set; }

        public long Elsewhere { get; set; }

        public long Seen => Restored + Present + Elsewhere + Missing.Count;

        public List<string> Missing { get; } = [];

        public MailboxRestoreResult Result => new(Restored, Present, Elsewhere, [.. Missing], Folders);
    }
}
