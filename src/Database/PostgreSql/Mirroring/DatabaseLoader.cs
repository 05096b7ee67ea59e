using System.Security.Cryptography;
using Npgsql;
using NpgsqlTypes;
using UnifiedMsg.Database.Backup;

namespace UnifiedMsg.Database.PostgreSql.Mirroring;

/// <summary>Fills an empty PostgreSQL database with what a SQLite database of the same schemas has.</summary>
/// <param name="options">Where it is, and how long it is asked what became of the commit when the connection broke.</param>
/// <param name="schemas">The schemas of the components.</param>
public sealed class DatabaseLoader(PostgreSqlOptions options, IReadOnlyList<MigrationSet> schemas)
{
    /// <summary>A standby that has to have everything before the commit may be behind by much of it.</summary>
    private const int CommitSeconds = 600;

    // Without those of constraints, which go with their tables.
    private const string Indexes =
        "SELECT quote_ident(indexname), indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = ANY($1) "
        + "AND indexname NOT IN (SELECT conname FROM pg_constraint)";

    private readonly NpgsqlConnectionStringBuilder _where = Connections.Parse(options.Connection);

    /// <summary>Refuses a database that has tables of ours.</summary>
    /// <exception cref="BackupException">It has.</exception>
    /// <exception cref="DatabaseException">It can't be reached or used.</exception>
    public async Task RequireEmptyAsync(CancellationToken cancellationToken = default)
    {
        await using NpgsqlConnection server = await OpenAsync(cancellationToken);
        await RequireEmptyAsync(server, cancellationToken);
    }

    /// <summary>Makes the tables and fills them in one transaction: whatever ends it, the database is as empty as before. Servers that start meanwhile wait.</summary>
    /// <exception cref="BackupException">The database is not empty. Nothing was changed.</exception>
    /// <exception cref="DatabaseException">It can't be reached or filled. Nothing was changed, or, if the connection broke at the very end and the server did not
    /// come back in time, it is not known; the message says which, and how to see it.</exception>
    public async Task LoadAsync(IDatabase source, CancellationToken cancellationToken = default)
    {
        await using NpgsqlConnection server = await OpenAsync(cancellationToken);
        try
        {
            await RequireEmptyAsync(server, cancellationToken);
            // By what is in it the transaction is settled, so it does not come with it.
            await RunAsync(server, CommitMarks.Table, cancellationToken);
            await using NpgsqlTransaction transaction = await server.BeginTransactionAsync(cancellationToken);
            await RunAsync(server, $"SELECT pg_advisory_xact_lock({PostgreSqlSchema.LockKey})", cancellationToken);
            await RequireEmptyAsync(server, cancellationToken);
            await MakeTablesAsync(server, cancellationToken);
            List<MirrorTable> tables = await source.ReadAsync(async session => await MirrorTable.ReadAllAsync(session), cancellationToken);
            List<(string Name, string Sql)> indexes = await ReadIndexesAsync(server, tables, cancellationToken);
            // Built once over all rows instead of row by row.
            foreach ((string name, _) in indexes)
                await RunAsync(server, $"DROP INDEX {name}", cancellationToken);
            foreach (MirrorTable table in tables)
                await FillAsync(server, source, table, cancellationToken);
            foreach ((_, string sql) in indexes)
                await RunAsync(server, sql, cancellationToken);
            foreach (MirrorTable table in tables)
                await SetNumbersAsync(server, source, table, cancellationToken);
            // So that the first queries choose as those after them.
            await RunAsync(server, $"ANALYZE {string.Join(", ", tables.Select(table => MirrorTable.Quote(table.Name)))}", cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            await CommitAsync(server);
        }
        catch (NpgsqlException fault)
        {
            throw new DatabaseException($"The database could not be filled, nothing was changed: {fault.Message}", fault);
        }
    }

    // From here on it can't be called off: whoever did would not know what he has.
    private async Task CommitAsync(NpgsqlConnection server)
    {
        string node = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        await using NpgsqlDataSource asking = Connections.ForAsking(_where, mustSync: true, options.MaxOutage);
        var marks = new CommitMarks(asking, node);
        using CommitMark mark = marks.Take();
        int process = server.ProcessID;
        try
        {
            await new Session(server, node).CommitAsync(mark);
        }
        catch (UncertainCommitException fault)
        {
            CommitOutcome outcome = await new CommitInquiry(asking, marks, options.MaxOutage).AskAsync(mark.Number, process);
            if (outcome != CommitOutcome.Committed)
                throw Explain(outcome, fault.InnerException ?? fault);
        }
        await marks.CloseAsync();
    }

    private static DatabaseException Explain(CommitOutcome outcome, Exception fault) => outcome == CommitOutcome.Undone
        ? new DatabaseException($"The connection to the database broke at the very end, and the server undid everything, nothing was changed: {fault.Message}", fault)
        : new DatabaseException(
            $"The connection to the database broke at the very end ({fault.Message}), and the server did not tell in time whether everything is restored. Restore again before "
            + "a server starts on it: if that is refused because the database is not empty, everything was restored and is complete; if it is not refused, nothing was, and it is done anew.",
            fault);

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var server = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Connections.Single(_where)) { CommandTimeout = CommitSeconds, CancellationTimeout = Connections.NoCancel }.ConnectionString);
        try
        {
            await server.OpenAsync(cancellationToken);
            if (await ServerCheck.RequireAsync(server, cancellationToken))
                await RunAsync(server, "SET synchronous_commit = on", cancellationToken);
            return server;
        }
        catch (Exception fault)
        {
            await server.DisposeAsync();
            if (fault is NpgsqlException)
                throw ServerCheck.Explain(_where, fault);
            throw;
        }
    }

    private async Task RequireEmptyAsync(NpgsqlConnection server, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT to_regclass('schema_migrations') IS NOT NULL", server);
        if ((bool)(await command.ExecuteScalarAsync(cancellationToken))!)
        {
            throw new BackupException(
                $"the database '{_where.Database}' is not empty; nothing was overwritten. Stop the servers, name an empty database (or `dropdb` this one and make it anew) "
                + "and restore again, or restore one mailbox beside the running server with --mailbox");
        }
    }

    private async Task MakeTablesAsync(NpgsqlConnection server, CancellationToken cancellationToken)
    {
        await RunAsync(server, SqlText.OfSchema(SchemaVersions.Table), cancellationToken);
        await RunAsync(server, SqlText.OfSchema(SchemaVersions.PiecesTable), cancellationToken);
        // What a step does to rows it has done to those that come.
        foreach (Migration step in schemas.SelectMany(set => set.Steps))
        {
            if ((step.OnPostgreSql ?? SqlText.OfSchema(step.Sql)) is { Length: > 0 } sql)
                await RunAsync(server, sql, cancellationToken);
        }
    }

    private static async Task<List<(string Name, string Sql)>> ReadIndexesAsync(
        NpgsqlConnection server, IReadOnlyList<MirrorTable> tables, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Indexes, server);
        command.Parameters.Add(Session.Bind(tables.Select(table => table.Name).ToArray()));
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken);
        var indexes = new List<(string, string)>();
        while (await row.ReadAsync(cancellationToken))
            indexes.Add((row.GetString(0), row.GetString(1)));
        return indexes;
    }

    private static async Task FillAsync(NpgsqlConnection server, IDatabase source, MirrorTable table, CancellationToken cancellationToken)
    {
        await using NpgsqlBinaryImporter copy = await server.BeginBinaryImportAsync($"COPY {table.Target} FROM STDIN (FORMAT BINARY)", cancellationToken);
        List<object?[]> rows;
        for (object?[]? last = null; (rows = await source.ReadAsync(
            session => table.ReadSomeAsync(session, last, TableReader.MaxRows), cancellationToken)).Count > 0; last = rows[^1])
        {
            foreach (object?[] row in rows)
            {
                await copy.StartRowAsync(cancellationToken);
                foreach (object? value in row)
                    await WriteAsync(copy, value, cancellationToken);
            }
        }
        await copy.CompleteAsync(cancellationToken);
    }

    private static Task WriteAsync(NpgsqlBinaryImporter copy, object? value, CancellationToken cancellationToken) => value switch
    {
        null => copy.WriteNullAsync(cancellationToken),
        long number => copy.WriteAsync(number, NpgsqlDbType.Bigint, cancellationToken),
        string text => copy.WriteAsync(SqlText.Sound(text), NpgsqlDbType.Text, cancellationToken),
        byte[] octets => copy.WriteAsync(octets, NpgsqlDbType.Bytea, cancellationToken),
        double number => copy.WriteAsync(number, NpgsqlDbType.Double, cancellationToken),
        _ => throw new ArgumentException($"A value can't be a {value.GetType()}."),
    };

    // A number that was given out never comes again, also when its row is gone.
    private static async Task SetNumbersAsync(NpgsqlConnection server, IDatabase source, MirrorTable table, CancellationToken cancellationToken)
    {
        await using var ask = new NpgsqlCommand("SELECT pg_get_serial_sequence($1, $2)", server);
        ask.Parameters.Add(Session.Bind(MirrorTable.Quote(table.Name)));
        ask.Parameters.Add(Session.Bind(table.Columns[0].Name));
        if (await ask.ExecuteScalarAsync(cancellationToken) is not string sequence)
            return;
        long last = await source.ReadAsync(session => table.ReadLastNumberAsync(session), cancellationToken);
        if (last > 0)
            await RunAsync(server, "SELECT setval($1::regclass, $2)", cancellationToken, sequence, last);
    }

    private static async Task RunAsync(NpgsqlConnection server, string sql, CancellationToken cancellationToken, params object?[] arguments)
    {
        await using var command = new NpgsqlCommand(sql, server) { CommandTimeout = 0 };
        foreach (object? argument in arguments)
            command.Parameters.Add(Session.Bind(argument));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
