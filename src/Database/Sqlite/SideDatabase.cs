using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace UnifiedMsg.Database.Sqlite;

/// <summary>
/// A database file beside the main one, of what can be made again. A power cut may take its last transactions, always whole ones. A file that
/// is damaged or of another version is put aside, and an empty one takes its place.
/// </summary>
public sealed class SideDatabase : IAsyncDisposable
{
    // What is kept here is read in pieces of this size and more: each page is a read of the file and a place in the cache.
    private const int PageSize = 16384;
    private const int MaxReaders = 8;

    private readonly Connection _writer;
    private readonly ReaderPool _readers;
    private readonly SemaphoreSlim _one = new(1);
    private bool _disposed;

    private SideDatabase(string path, Connection writer, long readerCacheBytes, string? putAside = null)
    {
        Path = path;
        PutAsideBecause = putAside;
        _writer = writer;
        _readers = new ReaderPool(
            () => Connection.Open(path, SqliteOpenMode.ReadWrite, "busy_timeout = 10000", "query_only = ON", $"cache_size = -{readerCacheBytes / 1024}"),
            MaxReaders);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Why the file that was there was put aside, or null when none was.</summary>
    public string? PutAsideBecause { get; }

    /// <summary>Octets of the file and its log.</summary>
    public long Size => Length(Path) + Length(Path + "-wal");

    /// <summary>Opens the file, or makes it where there is none of this version that can be read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="version">The version of what is in it.</param>
    /// <param name="schema">The statements that make its tables.</param>
    /// <param name="writerCacheBytes">Page cache of the writer.</param>
    /// <param name="readerCacheBytes">Page cache of each reader.</param>
    public static SideDatabase Open(string path, int version, string schema, long writerCacheBytes = 16 << 20, long readerCacheBytes = 4 << 20)
    {
        PrivateFiles.CreateFolder(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
        string because = "it is of another version";
        try
        {
            if (TryOpen(path, version, schema, writerCacheBytes) is { } opened)
                return new SideDatabase(path, opened, readerCacheBytes);
        }
        catch (SqliteException fault) when (IsDamage(fault))
        {
            because = fault.Message;
        }
        PutAside(path);
        return new SideDatabase(path, TryOpen(path, version, schema, writerCacheBytes)!, readerCacheBytes, because);
    }

    /// <summary>Renames the closed file to <c>….old</c>, which replaces an earlier one; its log goes.</summary>
    public static void PutAside(string path)
    {
        File.Delete(path + "-wal");
        File.Delete(path + "-shm");
        if (File.Exists(path))
            File.Move(path, path + ".old", overwrite: true);
    }

    /// <summary>Runs a transaction; one at a time.</summary>
    /// <exception cref="DamagedDatabaseException">The file is damaged: close it, put it aside and begin anew.</exception>
    public async Task<T> WriteAsync<T>(Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken = default)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return await RunAsync(unit);
        }
        catch (SqliteException fault) when (IsDamage(fault))
        {
            throw new DamagedDatabaseException(Path, fault);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Runs queries on one snapshot.</summary>
    /// <exception cref="DamagedDatabaseException">The file is damaged: close it, put it aside and begin anew.</exception>
    public async ValueTask<T> ReadAsync<T>(Func<IReadSession, ValueTask<T>> query, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        try
        {
            return await _readers.ReadAsync(query, cancellationToken);
        }
        catch (SqliteException fault) when (IsDamage(fault))
        {
            throw new DamagedDatabaseException(Path, fault);
        }
    }

    /// <summary>Waits for what runs, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        await _one.WaitAsync();
        bool first = !_disposed;
        _disposed = true;
        _one.Release();
        if (!first)
            return;
        await _readers.DisposeAsync();
        _writer.Dispose();
    }

    private async ValueTask<T> RunAsync<T>(Func<IWriteSession, ValueTask<T>> unit)
    {
        _writer.Execute("BEGIN IMMEDIATE");
        var session = new Session(_writer);
        try
        {
            T result = await unit(session);
            session.Close();
            _writer.Execute("COMMIT");
            return result;
        }
        finally
        {
            session.Close();
            if (_writer.InTransaction)
                _writer.Execute("ROLLBACK");
        }
    }

    // Null: it is of another version.
    private static Connection? TryOpen(string path, int version, string schema, long cacheBytes)
    {
        PrivateFiles.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite).Dispose();
        Connection connection = Connection.Open(
            path, SqliteOpenMode.ReadWrite, "busy_timeout = 10000", $"page_size = {PageSize}", "journal_mode = WAL", "synchronous = NORMAL",
            "temp_store = MEMORY", $"cache_size = -{cacheBytes / 1024}");
        bool kept = false;
        try
        {
            long found = ReadLong(connection, "PRAGMA user_version");
            if (found == 0 && ReadLong(connection, "SELECT count(*) FROM sqlite_master") == 0)
            {
                connection.RunScript($"BEGIN IMMEDIATE; {schema}; PRAGMA user_version = {version}; COMMIT");
                found = version;
            }
            kept = found == version;
            return kept ? connection : null;
        }
        finally
        {
            if (!kept)
                connection.Dispose();
        }
    }

    private static long ReadLong(Connection connection, string sql)
    {
        Statement statement = connection.Prepare(sql);
        try
        {
            return statement.Step() ? statement.Row.GetInt64(0) : 0;
        }
        finally
        {
            statement.Reset();
        }
    }

    // An extended code of a virtual table has the plain code in its low octet. A table that is gone was lost with the pages of the schema. Keys are
    // made from what the file itself says is free, so a row that is there already came from nowhere.
    private static bool IsDamage(SqliteException fault) =>
        (fault.SqliteErrorCode & 0xff) is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_CONSTRAINT
        || fault.Message.Contains("no such table", StringComparison.Ordinal) || fault.Message.Contains("malformed", StringComparison.Ordinal);

    private static long Length(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;
}
