using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using UnifiedMsg.Database.Backup;

namespace UnifiedMsg.Database.Sqlite;

/// <summary>The embedded database: one file, one writer with group commit, readers beside it.</summary>
public sealed class SqliteDatabase : IDatabase, IPageSource
{
    /// <summary>For new files. A commit writes each page that its units touched whole, so small pages win.</summary>
    internal const int PageSize = 4096;

    /// <summary>How long a statement waits where SQLite itself must exclude others: at start, while a log is recovered.</summary>
    private const string BusyTimeout = "busy_timeout = 10000";

    private readonly FolderLock _lock;
    private readonly SqliteOptions _options;
    private readonly TimeProvider _time;
    private readonly SafeFileHandle _file;
    private readonly ConcurrentDictionary<LogTap, bool> _taps = [];
    private readonly Connection _connection;
    private readonly Checkpointer _checkpointer;
    private readonly GroupCommitWriter _writer;
    private readonly ReaderPool _readers;
    private bool _disposed;

    private SqliteDatabase(
        SqliteOptions options, TimeProvider time, SafeFileHandle file, FolderLock folderLock, Connection connection, Checkpointer checkpointer, GroupCommitWriter writer, ReaderPool readers)
    {
        (_options, _time, _file) = (options, time, file);
        _lock = folderLock;
        _connection = connection;
        _checkpointer = checkpointer;
        _writer = writer;
        _readers = readers;
    }

    /// <summary>Opens the database, makes it where there is none, and brings the schemas of the components up to date.</summary>
    /// <param name="options">Where it is and how it is used.</param>
    /// <param name="schemas">The schemas of the components that will use it.</param>
    /// <param name="loggers">For the writer's faults.</param>
    /// <param name="time">The clock.</param>
    /// <param name="onProgress">Told how far the steps are that existing data takes.</param>
    /// <param name="cancellationToken">Looked at between steps; opening does not wait for others.</param>
    /// <exception cref="DatabaseInUseException">Another process has the data folder.</exception>
    /// <exception cref="NewerSchemaException">A newer program wrote it. Nothing was changed.</exception>
    /// <exception cref="DamagedDatabaseException">It is no readable database. Nothing was changed.</exception>
    public static Task<SqliteDatabase> OpenAsync(
        SqliteOptions options, IReadOnlyList<MigrationSet> schemas, ILoggerFactory loggers, TimeProvider time,
        Action<SchemaProgress>? onProgress = null, CancellationToken cancellationToken = default)
    {
        SchemaVersions.Validate(schemas);
        return Task.Run(() => Open(options, schemas, loggers.CreateLogger<SqliteDatabase>(), time, onProgress, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<T> WriteAsync<T>(Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _writer.SubmitAsync(unit, isLarge: false, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<T> WriteLargeAsync<T>(Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _writer.SubmitAsync(unit, isLarge: true, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<T> ReadAsync<T>(Func<IReadSession, ValueTask<T>> query, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _readers.ReadAsync(query, cancellationToken);
    }

    /// <inheritdoc/>
    int IPageSource.PageSize => PageSize;

    /// <inheritdoc/>
    bool IPageSource.IsShared => false;

    /// <inheritdoc/>
    Task<string?> IPageSource.GoOnAsync(string? last, Action<string>? write, CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    /// <inheritdoc/>
    IDisposable IPageSource.WatchRows(string table, IReadOnlyList<string> columns, Action<IReadOnlyList<object?>> onRow) =>
        throw new NotSupportedException("Nobody else writes, so nobody else needs to be watched.");

    /// <inheritdoc/>
    public async Task<IPageSnapshot> OpenSnapshotAsync(bool follow, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        string path = Path.GetFullPath(_options.Path);
        Connection pin = Connection.Open(path, SqliteOpenMode.ReadWrite, BusyTimeout, "query_only = ON");
        uint maxHeld = (uint)(_options.MaxHeldLogBytes / PageSize);
        var tap = new LogTap(pin, _file, new LogFile(path + "-wal", PageSize), PageSize, follow, maxHeld, _time, Forget, FlushAsync);
        _taps.TryAdd(tap, true);
        try
        {
            Task begun = _checkpointer.BeginAsync(tap);
            // The writer looks for it after a commit, so there has to be one.
            await WriteAsync(static _ => ValueTask.FromResult(0), CancellationToken.None);
            await begun.WaitAsync(cancellationToken);
            return tap;
        }
        catch
        {
            await tap.DisposeAsync();
            throw;
        }
    }

    // The taps are told of a commit after whoever made it, but before the next unit.
    private async Task FlushAsync()
    {
        try
        {
            await WriteAsync(static _ => ValueTask.FromResult(0), CancellationToken.None);
        }
        catch (ObjectDisposedException)
        {
            // A database that is being closed commits nothing more.
        }
    }

    private void Forget(LogTap tap)
    {
        _checkpointer.End(tap);
        _taps.TryRemove(tap, out _);
    }

    /// <inheritdoc/>
    public IDisposable Listen(string topic, Func<string?, ValueTask> onNotice) => NobodyElse.Instance;

    /// <summary>Commits what waits in the queue, copies the log into the file, and releases the data folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await _writer.DisposeAsync();
        foreach (LogTap tap in _taps.Keys)
            await tap.DisposeAsync();
        await _checkpointer.DisposeAsync();
        await _readers.DisposeAsync();
        _connection.Dispose(); // The last connection takes the log with it.
        _file.Dispose();
        _lock.Dispose();
    }

    private static SqliteDatabase Open(
        SqliteOptions options, IReadOnlyList<MigrationSet> schemas, ILogger logger, TimeProvider time, Action<SchemaProgress>? onProgress,
        CancellationToken cancellationToken)
    {
        string path = Path.GetFullPath(options.Path);
        string folder = Path.GetDirectoryName(path)!;
        PrivateFiles.CreateFolder(folder);
        FolderLock folderLock = FolderLock.Take(folder);
        try
        {
            CreateOrCheck(path, schemas);
            Connection connection = OpenWriter(path, options);
            try
            {
                using (var reporter = new SchemaReporter(logger, time, onProgress))
                    SchemaRecord.Migrate(connection, schemas, time, reporter, cancellationToken);
                return Compose(path, options, logger, time, folderLock, connection);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }
        catch
        {
            folderLock.Dispose();
            throw;
        }
    }

    private static void CreateOrCheck(string path, IReadOnlyList<MigrationSet> schemas)
    {
        if (File.Exists(path) && new FileInfo(path).Length > 0)
        {
            SchemaRecord.CheckUnchanged(path, schemas);
            return;
        }
        // SQLite gives the files beside the database the mode that the database has.
        PrivateFiles.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite).Dispose();
        PrivateFiles.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    private static Connection OpenWriter(string path, SqliteOptions options)
    {
        try
        {
            return Connection.Open(
                path, SqliteOpenMode.ReadWrite, BusyTimeout, $"page_size = {PageSize}", "journal_mode = WAL", "synchronous = FULL",
                $"foreign_keys = {(options.KeepsReferences ? "ON" : "OFF")}", "wal_autocheckpoint = 0",
                // Holds the pages that a savepoint would restore; they are gone with the commit, so a file for them only costs.
                "temp_store = MEMORY", $"cache_size = -{options.WriterCacheBytes / 1024}");
        }
        catch (SqliteException fault) when (fault.SqliteErrorCode is SQLitePCL.raw.SQLITE_NOTADB or SQLitePCL.raw.SQLITE_CORRUPT)
        {
            throw new DamagedDatabaseException(path, fault);
        }
    }

    private static SqliteDatabase Compose(
        string path, SqliteOptions options, ILogger logger, TimeProvider time, FolderLock folderLock, Connection connection)
    {
        Connection copier = Connection.Open(path, SqliteOpenMode.ReadWrite, BusyTimeout, "synchronous = FULL");
        var checkpointer = new Checkpointer(copier, options.CheckpointBytes, PageSize, logger);
        var writer = new GroupCommitWriter(connection, checkpointer, options, time, logger);
        var readers = new ReaderPool(
            () => Connection.Open(
                path, SqliteOpenMode.ReadWrite, BusyTimeout, "query_only = ON", $"cache_size = -{options.ReaderCacheBytes / 1024}"),
            options.MaxReaders);
        // Opened once and closed last: closing any handle of the file takes away the locks that SQLite has on it.
        SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return new SqliteDatabase(options, time, file, folderLock, connection, checkpointer, writer, readers);
    }

    /// <summary>No other server works on the file, so there is nobody to hear.</summary>
    private sealed class NobodyElse : IDisposable
    {
        public static readonly NobodyElse Instance = new();

        public void Dispose()
        {
        }
    }
}
