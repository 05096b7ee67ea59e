using Npgsql;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>
/// Rows that tell whether a transaction was committed when the connection broke before the server said so: each that stores something leaves one
/// of its own, under a number that comes once. There is one row for each, and not one that is updated: under a long snapshot (a backup) each commit
/// would go past all dead versions of it.
/// </summary>
/// <param name="source">Where they are deleted when they have told what there was to tell.</param>
/// <param name="node">This server.</param>
internal sealed class CommitMarks(NpgsqlDataSource source, string node)
{
    /// <summary>Of PostgreSQL alone: nothing but a network breaks in between.</summary>
    public const string Table =
        "CREATE TABLE IF NOT EXISTS commit_marks(node TEXT NOT NULL, number BIGINT NOT NULL, is_undone BOOLEAN NOT NULL DEFAULT false, "
        + "at TIMESTAMPTZ NOT NULL DEFAULT now(), PRIMARY KEY(node, number))";

    /// <summary>Removes those of servers that died; none asks for one so late.</summary>
    public const string DeleteAbandoned = "DELETE FROM commit_marks WHERE at < now() - interval '1 day'";

    // A transaction that has stored nothing stays one that stores nothing.
    private const string InsertSql =
        "INSERT INTO commit_marks(node, number) SELECT $1, $2 WHERE pg_current_xact_id_if_assigned() IS NOT NULL";

    // Whoever comes first with the number decides. It waits for a transaction that has inserted it and has not ended, and where there is none it takes
    // the number away: one that comes with it later fails. A row that is there is written again, so that this commit comes after the other,
    // and where a standby has to have this one it has the other too.
    private const string SettleSql =
        "INSERT INTO commit_marks(node, number, is_undone) VALUES($1, $2, true) "
        + "ON CONFLICT(node, number) DO UPDATE SET is_undone = commit_marks.is_undone RETURNING is_undone";

    // From where the last one ended, so that it does not go past what that one deleted. Numbers that were taken away stay so.
    private const string DeleteSql = "DELETE FROM commit_marks WHERE node = $1 AND number >= $2 AND number < $3 AND NOT is_undone";

    private const int DeletedAtOnce = 1000;

    private readonly Lock _lock = new();
    private readonly SortedSet<long> _open = [];
    private long _last;
    private long _deleted;
    private Task _deleting = Task.CompletedTask;

    /// <summary>A mark for a transaction that begins. Dispose it when its outcome is known or given up.</summary>
    public CommitMark Take()
    {
        lock (_lock)
        {
            _open.Add(++_last);
            return new CommitMark(this, _last);
        }
    }

    /// <summary>What leaves it in its transaction, right before the commit.</summary>
    public NpgsqlBatchCommand Insert(long number) =>
        new(InsertSql) { Parameters = { Session.Bind(node), Session.Bind(number) } };

    /// <summary>Says whether the transaction is undone, and sees to it that it stays so.</summary>
    public NpgsqlCommand Settle(NpgsqlConnection connection, long number) =>
        new(SettleSql, connection) { Parameters = { Session.Bind(node), Session.Bind(number) } };

    /// <summary>Deletes those that are left.</summary>
    public async ValueTask CloseAsync()
    {
        await _deleting;
        await DeleteAsync(_deleted, long.MaxValue);
    }

    internal void Release(long number)
    {
        lock (_lock)
        {
            _open.Remove(number);
            long settled = _open.Count > 0 ? _open.Min : _last + 1;
            if (settled - _deleted < DeletedAtOnce || !_deleting.IsCompleted)
                return;
            _deleting = DeleteAsync(_deleted, settled);
            _deleted = settled;
        }
    }

    private async Task DeleteAsync(long from, long to)
    {
        try
        {
            await using NpgsqlConnection connection = await source.OpenConnectionAsync();
            await using var command = new NpgsqlCommand(DeleteSql, connection)
            {
                Parameters = { Session.Bind(node), Session.Bind(from), Session.Bind(to) },
            };
            await command.ExecuteNonQueryAsync();
        }
        catch (Exception)
        {
            // Whatever it was, no commit fails for it. They are small, and go with those of servers that died.
        }
    }
}

/// <summary>The mark of one transaction.</summary>
internal readonly struct CommitMark(CommitMarks marks, long number) : IDisposable
{
    /// <summary>Its number, which this server gives once.</summary>
    public long Number => number;

    /// <inheritdoc cref="CommitMarks.Insert"/>
    public NpgsqlBatchCommand Insert() => marks.Insert(number);

    /// <summary>Nobody asks for it any more.</summary>
    public void Dispose() => marks.Release(number);
}
