using Microsoft.Data.Sqlite;

namespace UnifiedMsg.Database.Sqlite;

/// <summary>The versions of the components' schemas, and the steps to the newest.</summary>
internal static class SchemaRecord
{
    /// <summary>Looks at an existing file without changing anything on the disk.</summary>
    /// <exception cref="NewerSchemaException">A component is newer than its set.</exception>
    /// <exception cref="DamagedDatabaseException">The file can't be read as a database.</exception>
    public static void CheckUnchanged(string path, IReadOnlyList<MigrationSet> sets)
    {
        // After a clean stop there is no log, and an "immutable" connection does not even make the files beside the database.
        bool cleanlyStopped = !File.Exists(path + "-wal");
        string source = cleanlyStopped ? $"file:{Uri.EscapeDataString(path).Replace("%2F", "/")}?immutable=1" : path;
        try
        {
            using Connection connection = Connection.Open(source, SqliteOpenMode.ReadOnly);
            SchemaVersions.RequireKnown(sets, Versions(connection));
        }
        catch (SqliteException fault) when (fault.SqliteErrorCode is SQLitePCL.raw.SQLITE_NOTADB or SQLitePCL.raw.SQLITE_CORRUPT)
        {
            throw new DamagedDatabaseException(path, fault);
        }
    }

    /// <summary>Takes the steps that are missing, each in one transaction with its record, and what a step does in pieces.</summary>
    /// <exception cref="OperationCanceledException">Between two of them; the next opening goes on.</exception>
    public static void Migrate(
        Connection connection, IReadOnlyList<MigrationSet> sets, TimeProvider time, SchemaReporter reporter, CancellationToken cancellationToken)
    {
        connection.RunScript(SchemaVersions.Table);
        connection.RunScript(SchemaVersions.PiecesTable);
        Dictionary<string, int> versions = Versions(connection);
        foreach (MigrationSet set in sets)
        {
            int version = versions.GetValueOrDefault(set.Component);
            RunPieces(connection, set, reporter, cancellationToken);
            foreach (Migration step in set.Steps.Skip(version))
            {
                cancellationToken.ThrowIfCancellationRequested();
                reporter.Begin(set, step, isNew: version == 0);
                Transact(connection, set.Component, step, () => Take(connection, set.Component, step, time));
                RunPieces(connection, set, reporter, cancellationToken);
                reporter.End();
            }
        }
    }

    private static void Take(Connection connection, string component, Migration step, TimeProvider time)
    {
        connection.RunScript(step.Sql);
        connection.Execute(SchemaVersions.Record, component, step.Number, step.Name, time.GetUtcNow());
        if (step.Pieces is { } pieces && ReadRows(connection, pieces.Highest, row => row.IsDBNull(0) ? 0 : row.GetInt64(0)) is [> 0 and long last])
            connection.Execute(SchemaVersions.RecordPieces, component, step.Number, last);
    }

    private static void RunPieces(Connection connection, MigrationSet set, SchemaReporter reporter, CancellationToken cancellationToken)
    {
        foreach ((string component, int number, long done, long last) in ReadRows(
            connection, SchemaVersions.SelectPieces, row => (row.GetString(0), row.GetInt32(1), row.GetInt64(2), row.GetInt64(3))))
        {
            if (component != set.Component)
                continue;
            Migration step = set.Steps[number - 1];
            MigrationPieces pieces = step.Pieces!;
            reporter.Begin(set, step, isNew: false);
            for (long from = done; from < last; from += pieces.Keys)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Transact(connection, component, step, () =>
                {
                    connection.Execute(pieces.Sql, from, from + pieces.Keys);
                    connection.Execute(SchemaVersions.AdvancePieces, component, number, from + pieces.Keys);
                });
                reporter.Advance(from + pieces.Keys, last);
            }
            connection.Execute(SchemaVersions.EndPieces, component, number);
            reporter.End();
        }
    }

    private static void Transact(Connection connection, string component, Migration step, Action work)
    {
        connection.RunScript("BEGIN IMMEDIATE");
        try
        {
            work();
            connection.RunScript("COMMIT");
        }
        catch (SqliteException fault)
        {
            if (connection.InTransaction)
                connection.RunScript("ROLLBACK");
            throw SchemaVersions.Failed(component, step, fault);
        }
    }

    private static Dictionary<string, int> Versions(Connection connection)
    {
        var versions = new Dictionary<string, int>();
        if (ReadRows(connection, "SELECT 1 FROM sqlite_master WHERE name = 'schema_migrations'", row => row.GetInt32(0)).Count == 0)
            return versions;
        foreach ((string component, int number) in ReadRows(
            connection, SchemaVersions.Select, row => (row.GetString(0), row.GetInt32(1))))
            versions.Add(component, number);
        return versions;
    }

    private static List<T> ReadRows<T>(Connection connection, string sql, Func<StatementRow, T> map)
    {
        Statement statement = connection.Prepare(sql);
        var rows = new List<T>();
        try
        {
            while (statement.Step())
                rows.Add(map(statement.Row));
        }
        finally
        {
            statement.Reset();
        }
        return rows;
    }
}
