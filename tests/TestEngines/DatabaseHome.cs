using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database;
using UnifiedMsg.Database.PostgreSql;
using UnifiedMsg.Database.Sqlite;

namespace UnifiedMsg.TestEngines;

/// <summary>A fresh folder, and for PostgreSQL a fresh database, that a test opens as often as it likes. Both go with the test.</summary>
public sealed class DatabaseHome : IAsyncDisposable
{
    private readonly PostgreSqlCluster? _cluster;

    private DatabaseHome(Engine engine, string folder, PostgreSqlCluster? cluster, string connection)
    {
        Engine = engine;
        Folder = folder;
        _cluster = cluster;
        Connection = connection;
        MirrorFolder = Path.Combine(folder, "mirror");
    }

    /// <summary>The engine.</summary>
    public Engine Engine { get; }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The folder of the copy from which backups of PostgreSQL are taken. Each server has its own.</summary>
    public string MirrorFolder { get; set; }

    /// <summary>How PostgreSQL is reached; empty for SQLite.</summary>
    public string Connection { get; }

    /// <summary>How long PostgreSQL is waited for.</summary>
    public TimeSpan MaxOutage { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Makes one. A test that needs PostgreSQL where there is none is skipped; with CI=true it fails.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="folder">A folder that is there already, or null.</param>
    /// <param name="cluster">A server of the test's own, or null for the one that all tests share.</param>
    public static async Task<DatabaseHome> CreateAsync(Engine engine, string? folder = null, PostgreSqlCluster? cluster = null)
    {
        if (engine == Engine.PostgreSql)
            cluster ??= await PostgreSqlCluster.SharedAsync();
        string connection = cluster is null ? "" : await cluster.CreateDatabaseAsync();
        return new DatabaseHome(engine, folder ?? System.IO.Directory.CreateTempSubdirectory("unifiedmsg-test-").FullName, cluster, connection);
    }

    /// <summary>Opens the database; the caller closes it.</summary>
    public async Task<IDatabase> OpenAsync(
        IReadOnlyList<MigrationSet> schemas, TimeProvider? time = null, Action<SchemaProgress>? onProgress = null, CancellationToken cancellationToken = default)
    {
        time ??= TimeProvider.System;
        return Engine == Engine.Sqlite
            ? await SqliteDatabase.OpenAsync(
                new SqliteOptions { Path = Path.Combine(Folder, "unifiedmsg.db") }, schemas, NullLoggerFactory.Instance, time, onProgress, cancellationToken)
            : await PostgreSqlDatabase.OpenAsync(
                new PostgreSqlOptions { Connection = Connection, MirrorFolder = MirrorFolder, MaxOutage = MaxOutage }, schemas, NullLoggerFactory.Instance, time, onProgress, cancellationToken);
    }

    /// <summary>Makes a PostgreSQL database as empty as it was at first.</summary>
    public async Task EmptyAsync()
    {
        await _cluster!.DropDatabaseAsync(Connection);
        await _cluster.CreateDatabaseAsync(Connection);
    }

    /// <summary>The PostgreSQL database as SQL.</summary>
    public Task<string> DumpAsync() => PostgreSqlCluster.DumpAsync(Connection);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DropDatabaseAsync(Connection);
        System.IO.Directory.Delete(Folder, recursive: true);
    }
}
