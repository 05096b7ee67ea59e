using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>What became of a commit.</summary>
internal enum CommitOutcome
{
    /// <summary>It happened.</summary>
    Committed,

    /// <summary>It did not and will not happen: nothing was stored.</summary>
    Undone,

    /// <summary>It is under way.</summary>
    InProgress,

    /// <summary>Nobody can say.</summary>
    Open,
}

/// <summary>Asks the server, when a connection broke during a commit, whether it happened.</summary>
/// <param name="source">Gives a connection of its own each time: those of a pool may be as dead as the one that broke.</param>
/// <param name="maxOutage">How long it is asked for.</param>
internal sealed class CommitInquiry(NpgsqlDataSource source, TimeSpan maxOutage)
{
    // The checkpoint with which a run begins is the last one until the next, which comes minutes later. It is of the kind that stands alone.
    private const string State =
        $"SELECT {ServerRun.Sql}, next_xid, redo_lsn = checkpoint_lsn AND current_setting('wal_level') <> 'minimal' FROM pg_control_checkpoint()";

    private const string Status = "SELECT pg_xact_status($1::text::xid8)";

    // The commit never came there, and the server has not noticed yet that nobody is at the other end. What it holds is locked meanwhile.
    // One that the server is about is left alone: it may wait for a standby.
    private const string EndIdle =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        + "WHERE backend_xid = ($1 & 4294967295)::text::xid AND state = 'idle in transaction'";

    /// <summary>Waits for the server, and for the end of the transaction, but not for longer than units wait for a server.</summary>
    public async Task<CommitOutcome> AskAsync(TransactionMark mark)
    {
        // Nothing was sent but the commit of nothing.
        if (!mark.IsThere)
            return CommitOutcome.Undone;
        if (mark.Run is not { } run)
            return CommitOutcome.Open;
        long began = Stopwatch.GetTimestamp();
        for (int tries = 1; ; tries++)
        {
            TimeSpan left = maxOutage - Stopwatch.GetElapsedTime(began);
            CommitOutcome outcome = await TryAskAsync(mark.Id, run, left);
            if (outcome != CommitOutcome.InProgress)
                return outcome;
            if (Stopwatch.GetElapsedTime(began) >= maxOutage)
                return CommitOutcome.Open;
            await Attempts.PauseAsync(tries);
        }
    }

    /// <summary>In progress too when the server gives no answer.</summary>
    private async Task<CommitOutcome> TryAskAsync(ulong id, ServerRun run, TimeSpan left)
    {
        using var end = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        try
        {
            await using NpgsqlConnection connection = await source.OpenConnectionAsync(end.Token);
            return await JudgeAsync(connection, id, run, end.Token);
        }
        catch (Exception fault) when (fault is NpgsqlException or OperationCanceledException)
        {
            return CommitOutcome.InProgress;
        }
    }

    private static async Task<CommitOutcome> JudgeAsync(NpgsqlConnection connection, ulong id, ServerRun run, CancellationToken cancellationToken)
    {
        (ServerRun? now, ulong first, bool isFirstCheckpoint) = await ReadStateAsync(connection, cancellationToken);
        if (now?.System != run.System)
            return CommitOutcome.Open;
        CommitOutcome outcome = await ReadStatusAsync(connection, id, cancellationToken);
        if (now == run && outcome == CommitOutcome.InProgress)
            await RunAsync(connection, EndIdle, id, cancellationToken);
        if (now == run)
            return outcome;

        // Statistics that somebody emptied look like a recovery; after a start nothing is under way any more.
        bool isOver = now.Started != run.Started;
        if (outcome == CommitOutcome.InProgress && isOver)
            return CommitOutcome.Undone;
        if (outcome != CommitOutcome.Committed)
            return outcome;
        // Perhaps another transaction got the number: one of those from the first of this run on. After a fail-over nobody says which was the first.
        if (now.Timeline != run.Timeline || !isFirstCheckpoint)
            return CommitOutcome.Open;
        if (id < first)
            return CommitOutcome.Committed;
        return isOver ? CommitOutcome.Undone : CommitOutcome.Open;
    }

    private static async Task<(ServerRun? Run, ulong First, bool IsFirstCheckpoint)> ReadStateAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(State, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (ServerRun.Parse(reader.GetString(0)), ReadId(reader.GetString(1)), reader.GetBoolean(2));
    }

    private static async Task<CommitOutcome> ReadStatusAsync(NpgsqlConnection connection, ulong id, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(connection, Status, id, cancellationToken) switch
            {
                "committed" => CommitOutcome.Committed,
                "aborted" => CommitOutcome.Undone,
                "in progress" => CommitOutcome.InProgress,
                _ => CommitOutcome.Open, // too old to be known
            };
        }
        catch (PostgresException fault) when (fault.SqlState == PostgresErrorCodes.InvalidParameterValue)
        {
            // In the future: in this history it was never given.
            return CommitOutcome.Undone;
        }
    }

    // Epoch and number.
    private static ulong ReadId(string text)
    {
        string[] parts = text.Split(':');
        return (ulong.Parse(parts[0], CultureInfo.InvariantCulture) << 32) | ulong.Parse(parts[1], CultureInfo.InvariantCulture);
    }

    private static async Task<object?> RunAsync(NpgsqlConnection connection, string sql, ulong id, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new NpgsqlParameter<long> { TypedValue = (long)id } } };
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
