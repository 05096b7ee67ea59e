using Microsoft.Extensions.Logging;
using UnifiedMsg.Accounts;
using UnifiedMsg.Database;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.Delivery;
using UnifiedMsg.Delivery.Queue;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Phones;
using UnifiedMsg.Server.Transfer;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Backup;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Maintenance;
using UnifiedMsg.Store.Search;
using UnifiedMsg.Voicemail;

namespace UnifiedMsg.Server.Hosting;

/// <summary>The opened data folder: the database with every component's tables, the directory and the mailboxes. Whoever has it
/// open has the folder to himself.</summary>
public sealed class DataFolder : IAsyncDisposable
{
    // Backups know these names.
    internal const string SearchFile = "search.db";
    private const string BlobFolder = "blobs";
    private const string SpoolFolderName = "spool";
    private const string WorkFolderName = "work";

    /// <summary>The tables of every component.</summary>
    internal static readonly MigrationSet[] Schemas =
        [AccountsSchema.Migrations, StoreSchema.Migrations, DeliverySchema.Migrations, VoicemailSchema.Migrations, PhoneSchema.Migrations];

    private readonly ServerDatabase _database;
    private readonly AccountDirectory _accounts;
    private readonly ItemStore _store;
    private readonly ContentKeys? _keys;

    private DataFolder(
        string path, ServerDatabase database, AccountDirectory accounts, ItemStore store, ContentKeys? keys, TransferWork transfers, TimeProvider time)
    {
        Transfers = transfers;
        (Path, _database, _accounts, _store, _keys, Time) = (path, database, accounts, store, keys, time);
        Queue = new QueueAdmin(Database, store, QueueSignal, time);
        Phones = new PhoneBindings(Database, time);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The clock.</summary>
    internal TimeProvider Time { get; }

    /// <summary>Where recordings under way are kept.</summary>
    public string SpoolFolder => System.IO.Path.Combine(Path, SpoolFolderName);

    /// <summary>The one way to durable state.</summary>
    public IDatabase Database => _database.Database;

    /// <summary>The name of this server among those that share the database.</summary>
    public string Node => _database.Node;

    /// <summary>People, groups and credentials.</summary>
    public IAccounts Accounts => _accounts;

    /// <summary>The mailboxes.</summary>
    public IStore Store => _store;

    /// <summary>Backups.</summary>
    public StoreBackup Backup => _store.Backup!;

    /// <summary>The keys of the encryption at rest; null without.</summary>
    internal ContentKeys? Keys => _keys;

    /// <summary>The store with its administration.</summary>
    internal ItemStore ItemStore => _store;

    /// <summary>Where programs get what they work on.</summary>
    internal string WorkFolder => System.IO.Path.Combine(Path, WorkFolderName);

    /// <summary>The messages that wait for other servers.</summary>
    public QueueAdmin Queue { get; }

    /// <summary>The phones that have registered.</summary>
    public PhoneBindings Phones { get; }

    /// <summary>Imports and exports.</summary>
    public TransferWork Transfers { get; }

    /// <summary>Wakes the worker of the queue.</summary>
    public QueueSignal QueueSignal { get; } = new();

    /// <summary>Reads the whole store and says what is wrong with it.</summary>
    public Task<StoreReport> CheckAsync(CancellationToken cancellationToken) => _store.CheckAsync(cancellationToken);

    /// <summary>Brings some more contents under the current key of the encryption, and says how far it is.</summary>
    public Task<RekeyReport> RekeyAsync(CancellationToken cancellationToken) => _store.RekeyAsync(cancellationToken);

    /// <summary>Where programs get what they work on, such as the recording for a recogniser: nobody else may read it. What a crash left
    /// there goes when the folder is opened.</summary>
    public static string WorkFolderOf(ServerOptions options) => System.IO.Path.Combine(options.Data, WorkFolderName);

    /// <summary>Keeps the search index up from now on; only a server does, a command is over too soon.</summary>
    public void StartSearch(ServerOptions options)
    {
        // The index would tell what is encrypted elsewhere.
        if (options.Search.Index && _keys is null)
            _store.Search.Start(ComponentOptions.Search(options, System.IO.Path.Combine(Path, SearchFile)));
    }

    /// <summary>How the search index stands.</summary>
    public SearchStatus Search => _store.Search.Status;

    /// <summary>Opens the folder and brings its tables up to date.</summary>
    /// <exception cref="DatabaseException">It is in use, newer than this program, or damaged; nothing was changed.</exception>
    /// <exception cref="ContentKeyException">It is encrypted with other keys; nothing was changed.</exception>
    /// <exception cref="StartException">The keys can't be read.</exception>
    public static async Task<DataFolder> OpenAsync(
        ServerOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken = default)
    {
        var keys = ComponentOptions.StoreKeys(options);
        PrivateFiles.CreateFolder(options.Data);
        ServerDatabase? opened = null;
        ItemStore? store = null;
        try
        {
            opened = await ServerDatabase.OpenAsync(options, Schemas, loggers, time, cancellationToken);
            var database = opened.Database;
            store = await ItemStore.OpenAsync(database, ComponentOptions.Store(options, BlobFolderOf(options)) with { Keys = keys }, loggers, time, cancellationToken);
            // An account goes with its mailbox, in one unit.
            var accounts = await AccountDirectory.OpenAsync(
                database, ComponentOptions.Accounts(options), time, [store.RemoveAccountAsync, PhoneBindings.RemoveAccountAsync], cancellationToken);
            EmptyWorkFolder(WorkFolderOf(options));
            var transfers = new TransferWork(store, database, WorkFolderOf(options), options.Limits.MessageSize.Octets, time);
            return new DataFolder(options.Data, opened, accounts, store, keys, transfers, time);
        }
        catch
        {
            if (store is not null)
                await store.DisposeAsync();
            if (opened is not null)
                await opened.DisposeAsync();
            keys?.Dispose();
            throw;
        }
    }

    /// <summary>Opens a database file of SQLite with the tables of every component.</summary>
    internal static async Task<IDatabase> OpenDatabaseAsync(string file, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken) =>
        await SqliteDatabase.OpenAsync(new SqliteOptions { Path = file }, Schemas, loggers, time, cancellationToken: cancellationToken);

    /// <summary>Where large contents are.</summary>
    internal static string BlobFolderOf(ServerOptions options) =>
        options.Database.Blobs.Length > 0 ? options.Database.Blobs : System.IO.Path.Combine(options.Data, BlobFolder);

    // Only right for whoever has the database, and with it the folder, to himself.
    private static void EmptyWorkFolder(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        PrivateFiles.CreateFolder(path);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        QueueSignal.Dispose();
        _accounts.Dispose();
        await _store.DisposeAsync();
        await _database.DisposeAsync();
        _keys?.Dispose();
    }
}
