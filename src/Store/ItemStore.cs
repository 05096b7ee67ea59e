using Microsoft.Extensions.Logging;
using UnifiedMsg.Database;
using UnifiedMsg.Database.Backup;
using UnifiedMsg.Database.PostgreSql;
using UnifiedMsg.Mime;
using UnifiedMsg.Store.Backup;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Checking;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Folders;
using UnifiedMsg.Store.Items;
using UnifiedMsg.Store.Maintenance;
using UnifiedMsg.Store.Quotas;
using UnifiedMsg.Store.Retention;
using UnifiedMsg.Store.Search;
using UnifiedMsg.Store.Sharing;
using UnifiedMsg.Store.Threads;
using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Store;

/// <summary>The item store over the server's database and a folder of blobs. Each command is a class of its own; this joins them.</summary>
public sealed class ItemStore : IStore, IAsyncDisposable
{
    // Changing so many items takes some milliseconds, which deliveries behind it can wait for.
    private const int MostOfSmallUnit = 500;

    private readonly IDatabase _database;
    private readonly ChangeFeed _feed;
    private readonly ContentStager _stager;
    private readonly ContentReader _contents;
    private readonly FolderWriter _folders;
    private readonly FolderRemover _remover;
    private readonly FolderRenamer _renamer;
    private readonly ItemAppender _appender;
    private readonly FlagChanger _flags;
    private readonly ItemCopier _copier;
    private readonly ItemMover _mover;
    private readonly ItemExpunger _expunger;
    private readonly QuotaKeeper _quota;
    private readonly StoreChecker _checker;
    private readonly MaintenanceLoop _maintenance;
    private readonly BlobArea _blobs;
    private readonly TimeProvider _time;
    private readonly ContentRekeyer _rekeyer;
    private readonly MessageSearch _search;
    private readonly ThreadBackfill _backfill;

    private ItemStore(IDatabase database, BlobArea blobs, KeyRing keys, StoreOptions options, ILogger logger, TimeProvider time)
    {
        (_database, _blobs, _time) = (database, blobs, time);
        _feed = new ChangeFeed(database, logger);
        _stager = new ContentStager(blobs, keys);
        _contents = new ContentReader(database, blobs, keys);
        _quota = new QuotaKeeper(options);
        var ids = new ItemIds();
        _appender = new ItemAppender(ids, _quota, _feed, options, time);
        _flags = new FlagChanger(_feed, options);
        _copier = new ItemCopier(keys, ids, _quota, _feed);
        _mover = new ItemMover(_feed);
        _expunger = new ItemExpunger(_feed, options, time);
        _folders = new FolderWriter(_feed, options, time);
        _remover = new FolderRemover(_feed, time);
        _renamer = new FolderRenamer(_folders, _mover, _feed);
        var collector = new ContentCollector(database, blobs, options, time);
        var lost = new LostContent(database, keys, _stager, _contents, ids, _feed, options, time);
        var verifier = new ContentVerifier(blobs, keys);
        Returns = new ContentReturn(database, _contents, _stager, verifier, keys, collector);
        _checker = new StoreChecker(
            database, blobs, verifier, new SummaryCheck(database, _contents, keys), new ProblemPlaces(database, keys), collector, lost, options, time);
        _rekeyer = new ContentRekeyer(database, new ContentReencryptor(database, blobs, keys, collector), keys);
        Deleted = new DeletedItems(database, keys, ids, _quota, _feed, _folders, options, time);
        _backfill = new ThreadBackfill(database, _contents, logger, time);
        _maintenance = new MaintenanceLoop(
            new FolderPurger(database, options, time), new ReaderPurger(database), Deleted, new ImportPurger(database), new TombstonePruner(database, options),
            _backfill, new ThreadPruner(database), collector, options.CollectInterval, time, logger);
        Search = new SearchService(database, _contents, _feed, logger, time);
        _search = new MessageSearch(database, _contents, Search);
    }

    /// <summary>The search index. Until it is started, searches read the messages.</summary>
    public SearchService Search { get; }

    /// <summary>Opens the store; the database has the schema of <see cref="StoreSchema"/>.</summary>
    /// <param name="database">Where items and small contents are kept. It stays the caller's.</param>
    /// <param name="options">Where large contents are kept, and limits.</param>
    /// <param name="loggers">For faults of subscribers and of the maintenance.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <exception cref="ContentKeyException">The keys are not those of the store. Nothing was changed.</exception>
    /// <exception cref="DatabaseException">The large contents belong to another database. Nothing was changed.</exception>
    public static async Task<ItemStore> OpenAsync(
        IDatabase database, StoreOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken = default)
    {
        ILogger logger = loggers.CreateLogger<ItemStore>();
        KeyRing keys = await KeyRing.OpenAsync(database, options.Keys, cancellationToken);
        PrivateFiles.CreateFolder(options.BlobFolder);
        await BlobOwner.RequireAsync(database, options.BlobFolder, cancellationToken);
        return await Task.Run(
            () => new ItemStore(database, new BlobArea(options.BlobFolder, keys, logger), keys, options, logger, time), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task ProvisionAsync(long accountId, CancellationToken cancellationToken = default)
    {
        if (!await _database.ReadAsync(session => FolderWriter.IsProvisionedAsync(session, accountId), cancellationToken))
            await _database.WriteAsync(session => _folders.ProvisionAsync(session, accountId), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RemoveAccountAsync(long accountId, CancellationToken cancellationToken = default) =>
        await _database.WriteAsync(
            async session =>
            {
                await RemoveAccountAsync(session, accountId);
                return 0;
            },
            cancellationToken);

    /// <summary>Removes everything of an account within a unit of the caller's, the one that removes the account.</summary>
    public async ValueTask RemoveAccountAsync(IWriteSession session, long accountId)
    {
        await _remover.DeleteAllAsync(session, accountId);
        await ImportRecord.ForgetAccountAsync(session, accountId);
        session.OnCommitted(_maintenance.Wake);
    }

    /// <inheritdoc/>
    public ValueTask<Quota> ReadQuotaAsync(long accountId, CancellationToken cancellationToken = default) =>
        _database.ReadAsync(session => _quota.ReadAsync(session, accountId), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<QuotaLimits> ReadQuotaLimitsAsync(long accountId, CancellationToken cancellationToken = default) =>
        await _database.ReadAsync(session => QuotaKeeper.ReadLimitsAsync(session, accountId), cancellationToken) ?? new QuotaLimits();

    /// <inheritdoc/>
    public ValueTask<long> ReadDeletedSizeAsync(long folderId, CancellationToken cancellationToken = default) =>
        _database.ReadAsync(session => ItemReader.ReadDeletedSizeAsync(session, folderId), cancellationToken);

    /// <inheritdoc/>
    public Task SetQuotaAsync(long accountId, QuotaLimits limits, CancellationToken cancellationToken = default) =>
        _database.WriteAsync(session => QuotaKeeper.SetAsync(session, accountId, limits), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Folder>> ListFoldersAsync(long accountId, CancellationToken cancellationToken = default) =>
        await _database.ReadAsync(session => FolderReader.ListAsync(session, accountId), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Folder?> FindFolderAsync(long accountId, string path, CancellationToken cancellationToken = default) =>
        _database.ReadAsync(session => FolderReader.FindAsync(session, accountId, path), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Folder?> FindFolderAsync(long folderId, CancellationToken cancellationToken = default) =>
        _database.ReadAsync(session => FolderReader.FindAsync(session, folderId), cancellationToken);

    /// <inheritdoc/>
    public Task<Folder> CreateFolderAsync(
        long accountId, string path, SpecialUse specialUse = SpecialUse.None, CancellationToken cancellationToken = default) =>
        _database.WriteAsync(session => _folders.CreateAsync(session, accountId, path, specialUse), cancellationToken);

    /// <inheritdoc/>
    public async Task DeleteFolderAsync(long accountId, string path, CancellationToken cancellationToken = default)
    {
        await _database.WriteAsync(session => _remover.DeleteAsync(session, accountId, path), cancellationToken);
        _maintenance.Wake();
    }

    /// <inheritdoc/>
    public Task RenameFolderAsync(long accountId, string path, string newPath, CancellationToken cancellationToken = default) =>
        _database.WriteLargeAsync(session => _renamer.RenameAsync(session, accountId, path, newPath), cancellationToken);

    /// <inheritdoc/>
    public Task SubscribeAsync(long accountId, string path, bool subscribed, CancellationToken cancellationToken = default) =>
        _database.WriteAsync(session => _folders.SubscribeAsync(session, accountId, path, subscribed), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<(Folder Folder, IReadOnlyList<Item> Items)> ReadFolderAsync(long folderId, CancellationToken cancellationToken = default) =>
        _database.ReadAsync(
            async session =>
            {
                Folder folder = await FolderReader.RequireAsync(session, folderId);
                return (folder, (IReadOnlyList<Item>)await ItemReader.ReadFolderAsync(session, folderId));
            },
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<OpenedFolder> OpenFolderAsync(long folderId, CancellationToken cancellationToken = default) => _database.ReadAsync(
        async session => await FolderOpener.ReadAsync(session, await FolderReader.RequireAsync(session, folderId)), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Item>> FindItemsAsync(
        long folderId, IReadOnlyCollection<uint> uids, CancellationToken cancellationToken = default)
    {
        uint[] sorted = UidRanges.Sort(uids);
        List<StoredItem> found = await _database.ReadAsync(
            session => ItemReader.FindAsync(session, folderId, sorted), cancellationToken);
        return found.ConvertAll(stored => stored.Item);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Item>> ReadThreadAsync(long accountId, long threadId, CancellationToken cancellationToken = default) =>
        await _database.ReadAsync(session => ItemReader.ReadThreadAsync(session, accountId, threadId), cancellationToken);

    /// <inheritdoc/>
    public Task<StagedContent> StageAsync(Stream content, long maxSize, CancellationToken cancellationToken = default) =>
        _stager.StageAsync(content, maxSize, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Item> AppendAsync(IWriteSession session, long folderId, StagedContent content, NewItem item) =>
        _appender.AppendAsync(session, folderId, content, item);

    /// <inheritdoc/>
    // One alone has no order, and appending takes it.
    public ValueTask LockAsync(IWriteSession session, IReadOnlyCollection<long> folderIds) =>
        folderIds.Count < 2 ? ValueTask.CompletedTask : AccountLock.TakeOwnersAsync(session, folderIds);

    /// <inheritdoc/>
    public Task<Item> AppendAsync(long folderId, StagedContent content, NewItem item, CancellationToken cancellationToken = default) =>
        WriteAsync(folderId, 1, session => _appender.AppendAsync(session, folderId, content, item), cancellationToken);

    /// <inheritdoc/>
    public Task<FlagResult> ChangeFlagsAsync(
        long folderId, IReadOnlyCollection<uint> uids, FlagChange change, long? unchangedSince = null,
        CancellationToken cancellationToken = default)
    {
        uint[] sorted = UidRanges.Sort(uids);
        return WriteAsync(folderId, sorted.Length, session => _flags.ChangeAsync(session, folderId, sorted, change, unchangedSince), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<CopyResult> CopyAsync(
        long folderId, IReadOnlyCollection<uint> uids, long targetFolderId, CancellationToken cancellationToken = default)
    {
        uint[] sorted = UidRanges.Sort(uids);
        return WriteAsync(folderId, sorted.Length, session => _copier.CopyAsync(session, folderId, sorted, targetFolderId), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<CopyResult> MoveAsync(
        long folderId, IReadOnlyCollection<uint> uids, long targetFolderId, CancellationToken cancellationToken = default)
    {
        uint[] sorted = UidRanges.Sort(uids);
        return WriteAsync(folderId, sorted.Length, session => _mover.MoveAsync(session, folderId, sorted, targetFolderId), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<uint>> ExpungeAsync(
        long folderId, IReadOnlyCollection<uint>? uids = null, CancellationToken cancellationToken = default)
    {
        uint[]? sorted = uids is null ? null : UidRanges.Sort(uids);
        return WriteAsync(folderId, sorted?.Length ?? int.MaxValue, session => _expunger.ExpungeAsync(session, folderId, sorted), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<Stream?> OpenContentAsync(long itemId, CancellationToken cancellationToken = default) =>
        _contents.OpenAsync(itemId, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<long, MessageSummary>> ReadSummariesAsync(
        IReadOnlyCollection<long> itemIds, CancellationToken cancellationToken = default) =>
        _contents.ReadSummariesAsync(itemIds, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<uint>> SearchAsync(
        long folderId, SearchQuery query, IReadOnlyCollection<uint>? uids = null, CancellationToken cancellationToken = default) =>
        _search.FindAsync(folderId, query, uids, cancellationToken);

    /// <inheritdoc/>
    public IStore ForPerson(Person person) => new PersonStore(
        this, _database, person, new PersonItems(person, new ReaderItems(_feed), _flags, _appender, _copier, _mover, _expunger),
        new PersonFolders(person, _folders, _remover, _renamer));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<AclEntry>> ReadAclAsync(long folderId, CancellationToken cancellationToken = default) =>
        await _database.ReadAsync(session => AclTable.ReadAsync(session, folderId), cancellationToken);

    /// <inheritdoc/>
    public Task ChangeAclAsync(
        long folderId, AclIdentifier identifier, bool isNegative, FlagMode mode, FolderRights rights, CancellationToken cancellationToken = default) =>
        _database.WriteAsync(session => AclTable.ChangeAsync(session, folderId, identifier, isNegative, mode, rights), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<FolderRights> ReadRightsAsync(long folderId, Person person, CancellationToken cancellationToken = default) => _database.ReadAsync(
        async session => await AclTable.ReadRightsAsync(session, await FolderReader.RequireAsync(session, folderId), person), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SharedFolder>> ListSharedFoldersAsync(Person person, CancellationToken cancellationToken = default) =>
        _database.ReadAsync(session => AclTable.ListAsync(session, person), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<FolderChanges> ReadChangesAsync(long folderId, long sinceModSeq, CancellationToken cancellationToken = default) =>
        _database.ReadAsync(session => ChangeReader.ReadAsync(session, folderId, sinceModSeq), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KindCount> CountKindAsync(long accountId, ItemKind kind, CancellationToken cancellationToken = default) =>
        _database.ReadAsync(session => ChangeReader.CountKindAsync(session, accountId, kind), cancellationToken);

    /// <inheritdoc/>
    public IDisposable Subscribe(long? accountId, Action<ChangeNotice> onChange) => _feed.Subscribe(accountId, onChange);

    /// <summary>Purges what was removed and collects unreferenced content now, instead of at the next interval.</summary>
    public Task MaintainAsync(CancellationToken cancellationToken = default) => _maintenance.RunOnceAsync(withFiles: true, cancellationToken);

    /// <summary>Verifies every counter, reference and hash. Changes nothing.</summary>
    public Task<StoreReport> CheckAsync(CancellationToken cancellationToken = default) => CheckAsync(mends: false, null, cancellationToken);

    /// <summary>Verifies every counter, reference and hash, and mends what can be mended when asked to.</summary>
    public Task<StoreReport> CheckAsync(bool mends, Action<string>? onProgress, CancellationToken cancellationToken = default) =>
        _checker.CheckAsync(mends, onProgress, cancellationToken);

    /// <summary>Lost contents get their octets again.</summary>
    internal ContentReturn Returns { get; }

    /// <summary>What was deleted and can still be put back.</summary>
    public DeletedItems Deleted { get; }

    /// <summary>What an upgrade left to be done beside the work; null when nothing is left.</summary>
    public BackfillStatus? Backfill => _backfill.Status;

    /// <summary>Backups of this store; null when its database is a server and no folder is given for the copy that they are taken from.</summary>
    public StoreBackup? Backup => (_database is PostgreSqlDatabase server ? server.Pages : _database as IPageSource) is { } pages
        ? new StoreBackup(_database, pages, _blobs, _time)
        : null;

    /// <summary>Brings some more contents under the current key, and says how far it is.</summary>
    /// <exception cref="ContentKeyException">The store is not encrypted.</exception>
    public Task<RekeyReport> RekeyAsync(CancellationToken cancellationToken = default) => _rekeyer.StepAsync(cancellationToken);

    /// <summary>Stops indexing and the maintenance. Close the store before its database.</summary>
    public async ValueTask DisposeAsync()
    {
        await Search.DisposeAsync();
        _feed.Dispose();
        await _maintenance.DisposeAsync();
    }

    // All that change a folder lock its owner until they are durable.
    private Task<T> WriteAsync<T>(long folderId, int items, Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken) =>
        items > MostOfSmallUnit
            ? _database.WriteLargeAsync(unit, cancellationToken)
            : _database.WriteTogetherAsync(folderId, unit, cancellationToken);
}
