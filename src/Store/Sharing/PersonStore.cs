using System.Collections.Concurrent;
using UnifiedMsg.Database;
using UnifiedMsg.Mime;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Folders;
using UnifiedMsg.Store.Items;
using UnifiedMsg.Store.Search;

namespace UnifiedMsg.Store.Sharing;

/// <summary>
/// The store as one person may use it: with the person's own folders it is the store itself; with those of others every operation is
/// checked against the rights, in the unit or snapshot that acts, and \Seen, what is unseen and subscriptions are the person's own.
/// </summary>
internal sealed class PersonStore(ItemStore store, IDatabase database, Person person, PersonItems items, PersonFolders folders) : IStore
{
    // Owners of folders never change and ids are never used again, so what was found once holds.
    private readonly ConcurrentDictionary<long, bool> _own = new();
    private readonly FolderGuard _guard = new(person);

    public IStore ForPerson(Person other) => throw FolderGuard.Refusal();

    public Task ProvisionAsync(long accountId, CancellationToken cancellationToken = default) => Own(accountId).ProvisionAsync(accountId, cancellationToken);

    public Task RemoveAccountAsync(long accountId, CancellationToken cancellationToken = default) => throw FolderGuard.Refusal();

    public ValueTask<Quota> ReadQuotaAsync(long accountId, CancellationToken cancellationToken = default) => Own(accountId).ReadQuotaAsync(accountId, cancellationToken);

    public ValueTask<QuotaLimits> ReadQuotaLimitsAsync(long accountId, CancellationToken cancellationToken = default) =>
        Own(accountId).ReadQuotaLimitsAsync(accountId, cancellationToken);

    public Task SetQuotaAsync(long accountId, QuotaLimits limits, CancellationToken cancellationToken = default) => throw FolderGuard.Refusal();

    public ValueTask<long> ReadDeletedSizeAsync(long folderId, CancellationToken cancellationToken = default) => database.ReadAsync(
        async session =>
        {
            await _guard.RequireAsync(session, folderId, FolderRights.Read);
            return await ItemReader.ReadDeletedSizeAsync(session, folderId);
        },
        cancellationToken);

    public async ValueTask<IReadOnlyList<Folder>> ListFoldersAsync(long accountId, CancellationToken cancellationToken = default) => IsOwn(accountId)
        ? await store.ListFoldersAsync(accountId, cancellationToken)
        : await database.ReadAsync(session => folders.ListAsync(session, accountId), cancellationToken);

    public ValueTask<Folder?> FindFolderAsync(long accountId, string path, CancellationToken cancellationToken = default) => IsOwn(accountId)
        ? store.FindFolderAsync(accountId, path, cancellationToken)
        : database.ReadAsync(async session => await folders.FindAsync(session, await FolderReader.FindAsync(session, accountId, path)), cancellationToken);

    public ValueTask<Folder?> FindFolderAsync(long folderId, CancellationToken cancellationToken = default) =>
        database.ReadAsync(async session => await folders.FindAsync(session, await FolderReader.FindAsync(session, folderId)), cancellationToken);

    public Task<Folder> CreateFolderAsync(
        long accountId, string path, SpecialUse specialUse = SpecialUse.None, CancellationToken cancellationToken = default) => IsOwn(accountId)
        ? store.CreateFolderAsync(accountId, path, specialUse, cancellationToken)
        : database.WriteAsync(session => folders.CreateAsync(session, accountId, path, specialUse), cancellationToken);

    public Task DeleteFolderAsync(long accountId, string path, CancellationToken cancellationToken = default) => IsOwn(accountId)
        ? store.DeleteFolderAsync(accountId, path, cancellationToken)
        : database.WriteAsync(session => folders.DeleteAsync(session, accountId, path), cancellationToken);

    public Task RenameFolderAsync(long accountId, string path, string newPath, CancellationToken cancellationToken = default) => IsOwn(accountId)
        ? store.RenameFolderAsync(accountId, path, newPath, cancellationToken)
        : database.WriteAsync(session => folders.RenameAsync(session, accountId, path, newPath), cancellationToken);

    public Task SubscribeAsync(long accountId, string path, bool subscribed, CancellationToken cancellationToken = default) => IsOwn(accountId)
        ? store.SubscribeAsync(accountId, path, subscribed, cancellationToken)
        : database.WriteAsync(session => folders.SubscribeAsync(session, accountId, path, subscribed), cancellationToken);

    public async ValueTask<(Folder Folder, IReadOnlyList<Item> Items)> ReadFolderAsync(long folderId, CancellationToken cancellationToken = default) =>
        await IsOwnFolderAsync(folderId, cancellationToken)
            ? await store.ReadFolderAsync(folderId, cancellationToken)
            : await database.ReadAsync(session => items.ReadFolderAsync(session, folderId), cancellationToken);

    public async ValueTask<OpenedFolder> OpenFolderAsync(long folderId, CancellationToken cancellationToken = default) =>
        await IsOwnFolderAsync(folderId, cancellationToken)
            ? await store.OpenFolderAsync(folderId, cancellationToken)
            : await database.ReadAsync(session => items.OpenFolderAsync(session, folderId), cancellationToken);

    public async ValueTask<IReadOnlyList<Item>> FindItemsAsync(
        long folderId, IReadOnlyCollection<uint> uids, CancellationToken cancellationToken = default) =>
        await IsOwnFolderAsync(folderId, cancellationToken)
            ? await store.FindItemsAsync(folderId, uids, cancellationToken)
            : await database.ReadAsync(session => items.FindAsync(session, folderId, UidRanges.Sort(uids)), cancellationToken);

    public ValueTask<IReadOnlyList<Item>> ReadThreadAsync(long accountId, long threadId, CancellationToken cancellationToken = default) =>
        Own(accountId).ReadThreadAsync(accountId, threadId, cancellationToken);

    public Task<StagedContent> StageAsync(Stream content, long maxSize, CancellationToken cancellationToken = default) =>
        store.StageAsync(content, maxSize, cancellationToken);

    public ValueTask LockAsync(IWriteSession session, IReadOnlyCollection<long> folderIds) => store.LockAsync(session, folderIds);

    public async ValueTask<Item> AppendAsync(IWriteSession session, long folderId, StagedContent content, NewItem item) =>
        (await _guard.RequireAsync(session, folderId, FolderRights.Insert)).Folder.AccountId == person.AccountId
            ? await store.AppendAsync(session, folderId, content, item with { BeyondQuota = false })
            : await items.AppendAsync(session, folderId, content, item);

    public Task<Item> AppendAsync(long folderId, StagedContent content, NewItem item, CancellationToken cancellationToken = default) =>
        database.WriteTogetherAsync(folderId, session => AppendAsync(session, folderId, content, item), cancellationToken);

    public async Task<FlagResult> ChangeFlagsAsync(
        long folderId, IReadOnlyCollection<uint> uids, FlagChange change, long? unchangedSince = null, CancellationToken cancellationToken = default) =>
        await IsOwnFolderAsync(folderId, cancellationToken)
            ? await store.ChangeFlagsAsync(folderId, uids, change, unchangedSince, cancellationToken)
            : await database.WriteAsync(
                session => items.ChangeFlagsAsync(session, folderId, UidRanges.Sort(uids), change, unchangedSince), cancellationToken);

    public async Task<CopyResult> CopyAsync(
        long folderId, IReadOnlyCollection<uint> uids, long targetFolderId, CancellationToken cancellationToken = default) =>
        await IsOwnFolderAsync(folderId, cancellationToken) && await IsOwnFolderAsync(targetFolderId, cancellationToken)
            ? await store.CopyAsync(folderId, uids, targetFolderId, cancellationToken)
            : await database.WriteAsync(session => items.CopyAsync(session, folderId, UidRanges.Sort(uids), targetFolderId), cancellationToken);

    public async Task<CopyResult> MoveAsync(
        long folderId, IReadOnlyCollection<uint> uids, long targetFolderId, CancellationToken cancellationToken = default) =>
        await IsOwnFolderAsync(folderId, cancellationToken) && await IsOwnFolderAsync(targetFolderId, cancellationToken)
            ? await store.MoveAsync(folderId, uids, targetFolderId, cancellationToken)
            : await database.WriteAsync(session => items.MoveAsync(session, folderId, UidRanges.Sort(uids), targetFolderId), cancellationToken);

    public async Task<IReadOnlyList<uint>> ExpungeAsync(
        long folderId, IReadOnlyCollection<uint>? uids = null, CancellationToken cancellationToken = default) =>
        await IsOwnFolderAsync(folderId, cancellationToken)
            ? await store.ExpungeAsync(folderId, uids, cancellationToken)
            : await database.WriteAsync(
                session => items.ExpungeAsync(session, folderId, uids is null ? null : UidRanges.Sort(uids)), cancellationToken);

    public async ValueTask<Stream?> OpenContentAsync(long itemId, CancellationToken cancellationToken = default) =>
        (await ReadableAsync([itemId], cancellationToken)).Count == 0 ? null : await store.OpenContentAsync(itemId, cancellationToken);

    public async ValueTask<IReadOnlyDictionary<long, MessageSummary>> ReadSummariesAsync(
        IReadOnlyCollection<long> itemIds, CancellationToken cancellationToken = default) =>
        await store.ReadSummariesAsync(await ReadableAsync(itemIds, cancellationToken), cancellationToken);

    public async ValueTask<IReadOnlyList<uint>> SearchAsync(
        long folderId, SearchQuery query, IReadOnlyCollection<uint>? uids = null, CancellationToken cancellationToken = default)
    {
        if (await IsOwnFolderAsync(folderId, cancellationToken))
            return await store.SearchAsync(folderId, query, uids, cancellationToken);
        IReadOnlyList<Item> seen = uids is null ? (await ReadFolderAsync(folderId, cancellationToken)).Items : await FindItemsAsync(folderId, uids, cancellationToken);
        Dictionary<uint, Item> views = seen.ToDictionary(item => item.Uid);
        return await store.SearchAsync(folderId, query.SeenAs(item => views.GetValueOrDefault(item.Uid)), uids, cancellationToken);
    }

    public async ValueTask<FolderChanges> ReadChangesAsync(long folderId, long sinceModSeq, CancellationToken cancellationToken = default) =>
        await IsOwnFolderAsync(folderId, cancellationToken)
            ? await store.ReadChangesAsync(folderId, sinceModSeq, cancellationToken)
            : await database.ReadAsync(session => items.ReadChangesAsync(session, folderId, sinceModSeq), cancellationToken);

    public ValueTask<KindCount> CountKindAsync(long accountId, ItemKind kind, CancellationToken cancellationToken = default) =>
        Own(accountId).CountKindAsync(accountId, kind, cancellationToken);

    // A notice says only that there may be something to read; reading is checked.
    public IDisposable Subscribe(long? accountId, Action<ChangeNotice> onChange) => store.Subscribe(accountId, onChange);

    public ValueTask<IReadOnlyList<AclEntry>> ReadAclAsync(long folderId, CancellationToken cancellationToken = default) => database.ReadAsync(
        async session =>
        {
            await _guard.RequireAsync(session, folderId, FolderRights.Administer);
            return (IReadOnlyList<AclEntry>)await AclTable.ReadAsync(session, folderId);
        },
        cancellationToken);

    public Task ChangeAclAsync(
        long folderId, AclIdentifier identifier, bool isNegative, FlagMode mode, FolderRights rights, CancellationToken cancellationToken = default) =>
        database.WriteAsync(
            async session =>
            {
                // Who may change the list is in the list.
                await AccountLock.TakeOwnerAsync(session, folderId);
                await _guard.RequireAsync(session, folderId, FolderRights.Administer);
                return await AclTable.ChangeAsync(session, folderId, identifier, isNegative, mode, rights);
            },
            cancellationToken);

    public ValueTask<FolderRights> ReadRightsAsync(long folderId, Person other, CancellationToken cancellationToken = default) => database.ReadAsync(
        async session =>
        {
            // RFC 4314 §3.5: one's own rights are told to whoever has any; those of others to who may change them.
            bool self = other.AccountId == person.AccountId;
            Folder folder = (await _guard.RequireAsync(session, folderId, self ? FolderRights.None : FolderRights.Administer)).Folder;
            return await AclTable.ReadRightsAsync(session, folder, self ? person : other);
        },
        cancellationToken);

    public ValueTask<IReadOnlyList<SharedFolder>> ListSharedFoldersAsync(Person other, CancellationToken cancellationToken = default) =>
        other.AccountId == person.AccountId ? store.ListSharedFoldersAsync(person, cancellationToken) : throw FolderGuard.Refusal();

    private bool IsOwn(long accountId) => accountId == person.AccountId;

    private ItemStore Own(long accountId) => IsOwn(accountId) ? store : throw FolderGuard.Refusal();

    private async ValueTask<bool> IsOwnFolderAsync(long folderId, CancellationToken cancellationToken)
    {
        if (_own.TryGetValue(folderId, out bool known))
            return known;
        // A folder that is gone is refused by the operation itself.
        Folder? folder = await store.FindFolderAsync(folderId, cancellationToken);
        return folder is not null && _own.GetOrAdd(folderId, IsOwn(folder.AccountId));
    }

    private ValueTask<List<long>> ReadableAsync(IReadOnlyCollection<long> itemIds, CancellationToken cancellationToken) => database.ReadAsync(
        async session =>
        {
            var readable = new List<long>(itemIds.Count);
            var byFolder = new Dictionary<long, bool>();
            foreach (long id in itemIds)
            {
                if (await session.QueryLongAsync("SELECT folder_id FROM store_items WHERE id = @p0", id) is not { } folderId)
                    continue;
                if (!byFolder.TryGetValue(folderId, out bool allowed))
                {
                    SharedFolder? folder = await _guard.FindAsync(session, await FolderReader.FindAsync(session, folderId));
                    byFolder[folderId] = allowed = folder is not null && (folder.Rights & FolderRights.Read) != 0;
                }
                if (allowed)
                    readable.Add(id);
            }
            return readable;
        },
        cancellationToken);
}
