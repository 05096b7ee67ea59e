using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace UnifiedMsg.Database.Sqlite;

/// <summary>One connection with its prepared statements. Used by one thread at a time.</summary>
internal sealed class Connection : IDisposable
{
    /// <summary>Statements kept prepared. SQL is fixed text, so a program has far fewer; past it somebody builds SQL out of values.</summary>
    private const int MaxStatements = 512;

    private const int PagesWrittenStatus = 9; // SQLITE_DBSTATUS_CACHE_WRITE

    private readonly SqliteConnection _connection;
    private readonly sqlite3 _handle;
    private readonly Dictionary<string, Statement> _statements = new(ReferenceOrTextComparer.Instance);

    private Connection(SqliteConnection connection)
    {
        _connection = connection;
        _handle = connection.Handle!;
    }

    /// <summary>False once SQLite itself has rolled the transaction back, as it does when the disk is full.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>Rows changed since the connection was opened, also those whose change was undone.</summary>
    public int RowsChanged => raw.sqlite3_total_changes(_handle);

    /// <summary>Pages written since the connection was opened.</summary>
    public long PagesWritten
    {
        get
        {
            _ = raw.sqlite3_db_status(_handle, PagesWrittenStatus, out int pages, out _, 0);
            return (uint)pages;
        }
    }

    public static Connection Open(string dataSource, SqliteOpenMode mode, params string[] pragmas)
    {
        Batteries_V2.Init();
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = dataSource, Mode = mode, Pooling = false }.ConnectionString);
        try
        {
            connection.Open();
            var opened = new Connection(connection);
            foreach (string pragma in pragmas)
                opened.RunScript($"PRAGMA {pragma}");
            return opened;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public Statement Prepare(string sql)
    {
        if (_statements.TryGetValue(sql, out Statement? statement))
            return statement;
        if (_statements.Count >= MaxStatements)
            DropStatements();
        statement = new Statement(_handle, sql);
        _statements.Add(sql, statement);
        return statement;
    }

    public int Execute(string sql, params object?[] arguments)
    {
        Statement statement = Prepare(sql);
        try
        {
            statement.Bind(arguments);
            while (statement.Step()) { }
            return raw.sqlite3_changes(_handle);
        }
        finally
        {
            statement.Reset();
        }
    }

    /// <summary>Runs several statements that are used once: migrations and pragmas.</summary>
    public void RunScript(string sql)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Copies log pages into the file as far as no reader and no writer is in the way. True when all were copied.</summary>
    public bool Checkpoint()
    {
        int code = raw.sqlite3_wal_checkpoint_v2(_handle, null!, raw.SQLITE_CHECKPOINT_PASSIVE, out int inLog, out int copied);
        if (code is not raw.SQLITE_OK and not raw.SQLITE_BUSY)
            SqliteException.ThrowExceptionForRC(code, _handle);
        return code == raw.SQLITE_OK && inLog == copied;
    }

    public void Dispose()
    {
        DropStatements();
        _connection.Dispose();
    }

    private void DropStatements()
    {
        foreach (Statement statement in _statements.Values)
            statement.Dispose();
        _statements.Clear();
    }
}
