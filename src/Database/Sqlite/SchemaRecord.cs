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

    /// <summary>Takes the steps that are missing, each in one transaction with its record.</summary>
    public static void Migrate(Connection connection, IReadOnlyList<MigrationSet> sets, TimeProvider time)
    {
        connection.RunScript(SchemaVersions.Table);
        Dictionary<string, int> versions = Versions(connection);
        foreach (MigrationSet set in sets)
        {
            foreach (Migration step in set.Steps.Skip(versions.GetValueOrDefault(set.Component)))
                Take(connection, set.Component, step, time);
        }
    }

    private static void Take(Connection connection, string component, Migration step, TimeProvider time)
    {
        connection.RunScript("BEGIN IMMEDIATE");
        try
        {
            connection.RunScript(step.Sql);
            connection.Execute(SchemaVersions.Record, component, step.Number, step.Name, time.GetUtcNow());
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
