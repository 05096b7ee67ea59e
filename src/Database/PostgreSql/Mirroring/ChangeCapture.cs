using Npgsql;
using UnifiedMsg.Database.Backup;

namespace UnifiedMsg.Database.PostgreSql.Mirroring;

/// <summary>
/// Has each transaction write down the keys of the rows that it changes, for as long as a mirror follows: by triggers, into a table beside each.
/// A snapshot that sees a change sees its key, and the other way round.
/// </summary>
/// <remarks>The triggers are there once they were made on each table. Whether they write is decided by a lock: it is held by the follower's connection, so
/// they cease when it ends in whatever way. A transaction that finds nobody there holds the lock too, shared and to its end; so
/// the follower, when it gets it, knows that every change that is not written down is visible by then.</remarks>
internal sealed class ChangeCapture(NpgsqlConnection connection, IReadOnlyList<MirrorTable> tables)
{
    /// <summary>One server follows. "unifbak1" in ASCII.</summary>
    private const long FollowerKey = 0x75_6e_69_66_62_61_6b_31;

    /// <summary>Held while changes are written down. "unifbak2" in ASCII.</summary>
    private const long SwitchKey = 0x75_6e_69_66_62_61_6b_32;

    /// <summary>Writers that come behind it wait as long, so it is short; it is longer than the server takes to send a vacuum away.</summary>
    private const string MakeWait = "3s";

    /// <summary>Here readers wait too. Triggers that stay do nothing.</summary>
    private const string RemoveWait = "200ms";

    private const int MaxTries = 20;
    private const int LockSeconds = 300;
    private const string Prefix = "unifiedmsg_backup_";

    private static readonly string[] Events = ["insert", "update", "delete"];
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private bool _isOurs;

    /// <summary>Begins: every change that is not visible to a snapshot taken after this is written down.</summary>
    /// <exception cref="BackupException">Another server follows.</exception>
    /// <exception cref="DatabaseException">A table can't be had.</exception>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        if (!await AskAsync($"SELECT pg_try_advisory_lock({FollowerKey})", cancellationToken))
            throw new BackupException("another server on this database follows it with a backup already; one does at a time");
        _isOurs = true;
        // A log has no figures by which a way could be chosen, and a few keys are never worth the reading of a whole table.
        await TableReader.PrepareAsync(connection, cancellationToken);
        await RunAsync("SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off", cancellationToken);
        foreach (MirrorTable table in tables)
            await TryAsync(table, Make(table), MakeWait, MaxTries, cancellationToken);
        await RunAsync($"SELECT pg_advisory_lock({SwitchKey})", cancellationToken, LockSeconds);
    }

    /// <summary>The tables of which rows have changed, as the transaction sees it.</summary>
    public async Task<List<MirrorTable>> ReadChangedAsync(CancellationToken cancellationToken)
    {
        var changed = new List<MirrorTable>();
        string sql = $"SELECT {string.Join(", ", tables.Select(table => $"EXISTS(SELECT FROM {LogOf(table.Name)})"))}";
        await using var command = new NpgsqlCommand(sql, connection);
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        for (int i = 0; i < tables.Count; i++)
        {
            if (row.GetBoolean(i))
                changed.Add(tables[i]);
        }
        return changed;
    }

    /// <summary>The changed keys of a table with the rows that have them.</summary>
    public static string SelectChanged(MirrorTable table) => table.SelectOf(LogOf(table.Name));

    /// <summary>Forgets the keys that the transaction sees, and no others.</summary>
    public Task ForgetAsync(IEnumerable<MirrorTable> changed, CancellationToken cancellationToken) =>
        RunAsync(string.Join("; ", changed.Select(table => $"DELETE FROM {LogOf(table.Name)}")), cancellationToken, TableReader.TableSeconds);

    /// <summary>Takes the triggers away, as far as nobody is in the way.</summary>
    public async Task RemoveAsync(CancellationToken cancellationToken)
    {
        // Else they are those of another server.
        if (!_isOurs)
            return;
        foreach (MirrorTable table in tables)
            await TryRemoveAsync(connection, table.Name, cancellationToken);
    }

    /// <summary>Takes away what a follower left that was killed.</summary>
    public static async Task RemoveAbandonedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var left = new List<string>();
        await using (var command = new NpgsqlCommand(
            "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            + $"WHERE t.tgname LIKE '{Prefix.Replace("_", "\\_")}%' AND c.relnamespace = current_schema()::regnamespace",
            connection))
        await using (NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await row.ReadAsync(cancellationToken))
                left.Add(row.GetString(0));
        }
        if (left.Count == 0 || !await AskAsync(connection, $"SELECT pg_try_advisory_lock({FollowerKey})", cancellationToken))
            return;
        foreach (string table in left)
            await TryRemoveAsync(connection, table, cancellationToken);
        await AskAsync(connection, $"SELECT pg_advisory_unlock({FollowerKey})", cancellationToken);
    }

    private static string LogOf(string table) => MirrorTable.Quote($"{Prefix}{table}");

    private static string Make(MirrorTable table)
    {
        string log = LogOf(table.Name);
        string triggers = string.Concat(Events.Select(each => $"""

            CREATE OR REPLACE TRIGGER {Prefix}{each} AFTER {each.ToUpperInvariant()} ON {MirrorTable.Quote(table.Name)}
              REFERENCING {(each == "insert" ? "" : "OLD TABLE AS old_rows")} {(each == "delete" ? "" : "NEW TABLE AS new_rows")}
              FOR EACH STATEMENT EXECUTE FUNCTION {log}();
            """));
        // What the log had after a crash of PostgreSQL is of no worth, since the follower's connection ended with it: so it needs no WAL.
        return $"""
            DROP TABLE IF EXISTS {log};
            CREATE UNLOGGED TABLE {log} WITH (autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0)
              AS SELECT {table.Key} FROM {MirrorTable.Quote(table.Name)} WITH NO DATA;
            CREATE OR REPLACE FUNCTION {log}() RETURNS trigger LANGUAGE plpgsql AS $log$
            BEGIN
              IF pg_try_advisory_xact_lock_shared({SwitchKey}) THEN
                RETURN NULL;
              END IF;
              IF TG_OP = 'INSERT' THEN
                INSERT INTO {log} SELECT {table.Key} FROM new_rows;
              ELSIF TG_OP = 'UPDATE' THEN
                INSERT INTO {log} SELECT {table.Key} FROM old_rows UNION SELECT {table.Key} FROM new_rows;
              ELSE
                INSERT INTO {log} SELECT {table.Key} FROM old_rows;
              END IF;
              RETURN NULL;
            END
            $log$;{triggers}
            """;
    }

    // One table at a time, so that whoever waits for it holds nothing that somebody else waits for.
    private async Task TryAsync(MirrorTable table, string sql, string wait, int tries, CancellationToken cancellationToken)
    {
        for (int left = tries; ; left--)
        {
            try
            {
                await TransactAsync(connection, sql, wait, cancellationToken);
                return;
            }
            catch (PostgresException busy) when (IsBusy(busy))
            {
                if (left == 1)
                    throw new DatabaseException($"The table {table.Name} can't be followed: a transaction that does not end has it ({busy.MessageText}).", busy);
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }

    private static async Task TryRemoveAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        string log = LogOf(table);
        string triggers = string.Concat(Events.Select(each => $"DROP TRIGGER IF EXISTS {Prefix}{each} ON {MirrorTable.Quote(table)}; "));
        try
        {
            await TransactAsync(connection, $"{triggers}DROP FUNCTION IF EXISTS {log}(); DROP TABLE IF EXISTS {log}", RemoveWait, cancellationToken);
        }
        catch (PostgresException busy) when (IsBusy(busy))
        {
            // They do nothing without a follower, and go with the next one or when a server starts.
        }
    }

    private static bool IsBusy(PostgresException fault) => fault.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected;

    private static async Task TransactAsync(NpgsqlConnection connection, string sql, string wait, CancellationToken cancellationToken)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"SET LOCAL client_min_messages = warning; SET LOCAL lock_timeout = '{wait}'; {sql}", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private Task<bool> AskAsync(string sql, CancellationToken cancellationToken) => AskAsync(connection, sql, cancellationToken);

    private static async Task<bool> AskAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task RunAsync(string sql, CancellationToken cancellationToken, int seconds = 60)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = seconds };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
