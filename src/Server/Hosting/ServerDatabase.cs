using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Database;
using UnifiedMsg.Database.PostgreSql;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Store.Backup;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Server.Hosting;

/// <summary>The database of the engine that the configuration names, and the data folder held against a second server.</summary>
internal sealed class ServerDatabase : IAsyncDisposable
{
    // Backups know this name.
    internal const string SqliteFile = "unifiedmsg.db";

    // The default of the components: nobody shares the file of SQLite.
    private const string OnlyNode = "main";

    private const string NodeFile = "node";
    private const int NodeOctets = 8;
    private const string MirrorFolder = "mirror";

    private readonly FolderLock? _lock;

    private ServerDatabase(IDatabase database, string node, FolderLock? folderLock)
    {
        Database = database;
        Node = node;
        _lock = folderLock;
    }

    /// <summary>The database.</summary>
    public IDatabase Database { get; }

    /// <summary>The name of this server among those that share the database.</summary>
    public string Node { get; }

    /// <summary>Opens it and brings its tables up to date.</summary>
    /// <exception cref="DatabaseException">It can't be used; nothing was changed.</exception>
    public static async Task<ServerDatabase> OpenAsync(
        ServerOptions options, IReadOnlyList<MigrationSet> schemas, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var notice = new UpgradeNotice(options.Data, time);
        var opened = await OpenAsync(options, schemas, loggers, time, notice.Tell, cancellationToken);
        notice.Remove();
        return opened;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        _lock?.Dispose();
    }

    // A database that is not there is made only where nothing tells of an older one.
    private static void RequireBegin(ServerOptions options)
    {
        string blobs = DataFolder.BlobFolderOf(options);
        string path = Path.Combine(options.Data, SqliteFile);
        string mark = Path.Combine(options.Data, StoreRestore.MarkName);
        if (File.Exists(path))
            return;
        if (File.Exists(mark))
            throw new DatabaseException($"A restore into {options.Data} was not finished: run `unifiedmsg store restore` again. To begin with an empty store instead, remove {mark}.");
        if (BlobOwner.IsTaken(blobs))
        {
            throw new DatabaseException(
                $"{path} is not there, but contents are in {blobs}; nothing was changed. Put the database back, or move both folders away and restore a backup. "
                + $"To begin with an empty store, move {blobs} away.");
        }
    }

    private static async Task<ServerDatabase> OpenAsync(
        ServerOptions options, IReadOnlyList<MigrationSet> schemas, ILoggerFactory loggers, TimeProvider time, Action<SchemaProgress> onProgress,
        CancellationToken cancellationToken)
    {
        if (options.Database.Engine == DatabaseEngine.Sqlite)
        {
            RequireBegin(options);
            // It holds the folder itself.
            var sqlite = new SqliteOptions { Path = Path.Combine(options.Data, SqliteFile) };
            return new ServerDatabase(
                await SqliteDatabase.OpenAsync(sqlite, schemas, loggers, time, onProgress, cancellationToken), OnlyNode, null);
        }
        var folderLock = FolderLock.Take(options.Data);
        try
        {
            var server = new PostgreSqlOptions
            {
                Connection = options.Database.Connection,
                MaxOutage = options.Database.MaxOutage,
                MirrorFolder = Path.Combine(options.Data, MirrorFolder),
            };
            var database = await PostgreSqlDatabase.OpenAsync(server, schemas, loggers, time, onProgress, cancellationToken);
            return new ServerDatabase(database, TakeNode(options.Data), folderLock);
        }
        catch
        {
            folderLock.Dispose();
            throw;
        }
    }

    // What this server has under way is known by its data folder: its claims in the queue, the calls in its spool. So the name lies there
    // and goes wherever the folder goes.
    private static string TakeNode(string folder)
    {
        var path = Path.Combine(folder, NodeFile);
        if (File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } known)
            return known;
        var made = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NodeOctets));
        using (var file = PrivateFiles.Open(path, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(made));
            file.Flush(flushToDisk: true);
        }
        PrivateFiles.SyncDirectory(folder);
        return made;
    }
}
