using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database;
using UnifiedMsg.Database.PostgreSql;
using UnifiedMsg.Database.PostgreSql.Mirroring;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Hosting;
using UnifiedMsg.Store.Backup;

namespace UnifiedMsg.Server.Administration;

/// <summary>Restores everything to where the configuration says that it belongs: an empty data folder, or an empty PostgreSQL database.</summary>
internal static class WholeStore
{
    private const string RestoreFolder = "restore";

    public static async Task<RestoreResult> RestoreAsync(
        ServerOptions options, string source, DateTimeOffset? at, TimeProvider time, CancellationToken cancellationToken)
    {
        var blobs = DataFolder.BlobFolderOf(options);
        Task<IDatabase> Open(string path) => DataFolder.OpenDatabaseAsync(path, NullLoggerFactory.Instance, time, cancellationToken);
        if (options.Database.Engine == DatabaseEngine.Sqlite)
        {
            return await new StoreRestore(options.Data, ServerDatabase.SqliteFile, blobs, DataFolder.SearchFile)
                .RunAsync(source, at, Open, time.GetUtcNow(), null, cancellationToken);
        }
        // What can't be is said before hours of copying; the database is looked at again when it is filled.
        new BackupReader(source).Dispose();
        var server = new PostgreSqlOptions { Connection = options.Database.Connection, MaxOutage = options.Database.MaxOutage };
        var loader = new DatabaseLoader(server, DataFolder.Schemas);
        await loader.RequireEmptyAsync(cancellationToken);
        PrivateFiles.CreateFolder(options.Data);
        using var folderLock = FolderLock.Take(options.Data);
        return await new StoreRestore(Path.Combine(DataFolder.WorkFolderOf(options), RestoreFolder), ServerDatabase.SqliteFile, blobs, DataFolder.SearchFile)
            .RunAsync(source, at, Open, time.GetUtcNow(), database => loader.LoadAsync(database, cancellationToken), cancellationToken);
    }
}
