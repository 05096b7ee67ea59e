using Npgsql;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>Brings the schemas up to date. Servers that start at once come one after the other.</summary>
internal static class PostgreSqlSchema
{
    /// <summary>Known to all versions of the program: whoever changes schemas holds this number. "unifmsg" in ASCII.</summary>
    internal const long LockKey = 0x75_6e_69_66_6d_73_67;

    public static async Task MigrateAsync(
        NpgsqlConnection connection, IReadOnlyList<MigrationSet> sets, TimeProvider time, SchemaReporter reporter, CancellationToken cancellationToken)
    {
        await RunAsync(connection, $"SELECT pg_advisory_lock({LockKey})", cancellationToken);
        try
        {
            Dictionary<string, int> versions = await VersionsAsync(connection, cancellationToken);
            SchemaVersions.RequireKnown(sets, versions);
            await RunAsync(connection, SqlText.OfSchema(SchemaVersions.Table), cancellationToken);
            await RunAsync(connection, SqlText.OfSchema(SchemaVersions.PiecesTable), cancellationToken);
            await RunAsync(connection, CommitMarks.Table, cancellationToken);
            await RunAsync(connection, CommitMarks.DeleteAbandoned, cancellationToken);
            foreach (MigrationSet set in sets)
            {
                int version = versions.GetValueOrDefault(set.Component);
                await RunPiecesAsync(connection, set, reporter, cancellationToken);
                foreach (Migration step in set.Steps.Skip(version))
                {
                    reporter.Begin(set, step, isNew: version == 0);
                    await TransactAsync(
                        connection, set.Component, step, () => TakeAsync(connection, set.Component, step, time, cancellationToken), cancellationToken);
                    await RunPiecesAsync(connection, set, reporter, cancellationToken);
                    reporter.End();
                }
            }
        }
        finally
        {
            if (connection.State == System.Data.ConnectionState.Open)
                await RunAsync(connection, $"SELECT pg_advisory_unlock({LockKey})", CancellationToken.None);
        }
    }

    private static async Task TakeAsync(
        NpgsqlConnection connection, string component, Migration step, TimeProvider time, CancellationToken cancellationToken)
    {
        string sql = step.OnPostgreSql ?? SqlText.OfSchema(step.Sql);
        if (sql.Length > 0)
            await RunAsync(connection, sql, cancellationToken);
        await RunAsync(connection, SqlText.Of(SchemaVersions.Record).Text, cancellationToken, component, step.Number, step.Name, time.GetUtcNow());
        if (step.Pieces is not { } pieces)
            return;
        await using var highest = new NpgsqlCommand(pieces.Highest, connection) { CommandTimeout = 0 };
        if (await highest.ExecuteScalarAsync(cancellationToken) is > 0L and long last)
            await RunAsync(connection, SqlText.Of(SchemaVersions.RecordPieces).Text, cancellationToken, component, step.Number, last);
    }

    private static async Task RunPiecesAsync(NpgsqlConnection connection, MigrationSet set, SchemaReporter reporter, CancellationToken cancellationToken)
    {
        var waiting = new List<(int Number, long Done, long Last)>();
        await using (var select = new NpgsqlCommand(SchemaVersions.SelectPieces, connection))
        await using (NpgsqlDataReader row = await select.ExecuteReaderAsync(cancellationToken))
        {
            while (await row.ReadAsync(cancellationToken))
            {
                if (row.GetString(0) == set.Component)
                    waiting.Add((row.GetInt32(1), row.GetInt64(2), row.GetInt64(3)));
            }
        }
        foreach ((int number, long done, long last) in waiting)
        {
            Migration step = set.Steps[number - 1];
            MigrationPieces pieces = step.Pieces!;
            reporter.Begin(set, step, isNew: false);
            for (long from = done; from < last; from += pieces.Keys)
            {
                await TransactAsync(connection, set.Component, step, async () =>
                {
                    await RunAsync(connection, SqlText.Of(pieces.Sql).Text, cancellationToken, from, from + pieces.Keys);
                    await RunAsync(
                        connection, SqlText.Of(SchemaVersions.AdvancePieces).Text, cancellationToken, set.Component, number, from + pieces.Keys);
                }, cancellationToken);
                reporter.Advance(from + pieces.Keys, last);
            }
            await RunAsync(connection, SqlText.Of(SchemaVersions.EndPieces).Text, cancellationToken, set.Component, number);
            reporter.End();
        }
    }

    private static async Task TransactAsync(
        NpgsqlConnection connection, string component, Migration step, Func<Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
            await work();
            await transaction.CommitAsync(cancellationToken);
        }
        catch (NpgsqlException fault)
        {
            throw SchemaVersions.Failed(component, step, fault);
        }
    }

    private static async Task<Dictionary<string, int>> VersionsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var versions = new Dictionary<string, int>();
        await using (var exists = new NpgsqlCommand("SELECT to_regclass('schema_migrations') IS NOT NULL", connection))
        {
            if (!(bool)(await exists.ExecuteScalarAsync(cancellationToken))!)
                return versions;
        }
        await using var select = new NpgsqlCommand(SchemaVersions.Select, connection);
        await using NpgsqlDataReader reader = await select.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            versions.Add(reader.GetString(0), reader.GetInt32(1));
        return versions;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object?[] arguments)
    {
        // A step on a large table, or the wait for another server's, takes as long as it takes.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        foreach (object? argument in arguments)
            command.Parameters.Add(Session.Bind(argument));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
