using Microsoft.Extensions.Logging;
using UnifiedMsg.Accounts;
using UnifiedMsg.Database;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.Delivery;
using UnifiedMsg.Delivery.Queue;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Phones;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Backup;
using UnifiedMsg.Store.Maintenance;
using UnifiedMsg.Voicemail;

namespace UnifiedMsg.Server.Hosting;

/// <summary>The opened data folder: the database with every component's tables, the directory and the mailboxes. Whoever has it
/// open has the folder to himself.</summary>
public sealed class DataFolder : IAsyncDisposable
{
    // Backups know these names.
    internal const string DatabaseFile = "unifiedmsg.db";
    internal const string BlobFolder = "blobs";
    private const string SpoolFolderName = "spool";
    private const string WorkFolderName = "work";

    private readonly AccountDirectory _accounts;
    private readonly ItemStore _store;

    private DataFolder(string path, IDatabase database, AccountDirectory accounts, ItemStore store, TimeProvider time)
    {
        (Path, Database, _accounts, _store, Time) = (path, database, accounts, store, time);
        Queue = new QueueAdmin(database, store, QueueSignal, time);
        Phones = new PhoneBindings(database, time);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The clock.</summary>
    internal TimeProvider Time { get; }

    /// <summary>Where recordings under way are kept.</summary>
    public string SpoolFolder => System.IO.Path.Combine(Path, SpoolFolderName);

    /// <summary>The one way to durable state.</summary>
    public IDatabase Database { get; }

    /// <summary>People, groups and credentials.</summary>
    public IAccounts Accounts => _accounts;

    /// <summary>The mailboxes.</summary>
    public IStore Store => _store;

    /// <summary>Backups; null when the database is a server.</summary>
    public StoreBackup? Backup => _store.Backup;

    /// <summary>The store with its administration.</summary>
    internal ItemStore ItemStore => _store;

    /// <summary>Where programs get what they work on.</summary>
    internal string WorkFolder => System.IO.Path.Combine(Path, WorkFolderName);

    /// <summary>The messages that wait for other servers.</summary>
    public QueueAdmin Queue { get; }

    /// <summary>The phones that have registered.</summary>
    public PhoneBindings Phones { get; }

    /// <summary>Wakes the worker of the queue.</summary>
    public QueueSignal QueueSignal { get; } = new();

    /// <summary>Reads the whole store and says what is wrong with it.</summary>
    public Task<StoreReport> CheckAsync(CancellationToken cancellationToken) => _store.CheckAsync(cancellationToken);

    /// <summary>Where programs get what they work on, such as the recording for a recogniser: nobody else may read it. What a crash left
    /// there goes when the folder is opened.</summary>
    public static string WorkFolderOf(ServerOptions options) => System.IO.Path.Combine(options.Data, WorkFolderName);

    /// <summary>Opens the folder and brings its tables up to date.</summary>
    /// <exception cref="DatabaseException">It is in use, newer than this program, or damaged; nothing was changed.</exception>
    public static async Task<DataFolder> OpenAsync(
        ServerOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken = default)
    {
        PrivateFiles.CreateFolder(options.Data);
        var file = System.IO.Path.Combine(options.Data, DatabaseFile);
        var database = await OpenDatabaseAsync(file, loggers, time, cancellationToken);
        ItemStore? store = null;
        try
        {
            var blobs = new StoreOptions
            {
                BlobFolder = System.IO.Path.Combine(options.Data, BlobFolder),
                DeletedItemRetention = options.Store.DeletedItemRetention,
            };
            store = await ItemStore.OpenAsync(database, blobs, loggers, time, cancellationToken);
            // An account goes with its mailbox, in one unit.
            var accounts = await AccountDirectory.OpenAsync(
                database, ComponentOptions.Accounts(options), time, [store.RemoveAccountAsync, PhoneBindings.RemoveAccountAsync], cancellationToken);
            EmptyWorkFolder(WorkFolderOf(options));
            return new DataFolder(options.Data, database, accounts, store, time);
        }
        catch
        {
            if (store is not null)
                await store.DisposeAsync();
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a database file with the tables of every component.</summary>
    internal static async Task<IDatabase> OpenDatabaseAsync(string file, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        MigrationSet[] schemas = [AccountsSchema.Migrations, StoreSchema.Migrations, DeliverySchema.Migrations, VoicemailSchema.Migrations, PhoneSchema.Migrations];
        return await SqliteDatabase.OpenAsync(new SqliteOptions { Path = file }, schemas, loggers, time, cancellationToken);
    }

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
        await Database.DisposeAsync();
    }
}
