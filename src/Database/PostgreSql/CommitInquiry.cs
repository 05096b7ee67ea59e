using System.Diagnostics;
using Npgsql;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>What became of a commit.</summary>
internal enum CommitOutcome
{
    /// <summary>It happened.</summary>
    Committed,

    /// <summary>It did not and will not happen: nothing was stored.</summary>
    Undone,

    /// <summary>It may be under way.</summary>
    Open,
}

/// <summary>Asks the server, when a connection broke during a commit, whether it happened.</summary>
/// <param name="source">Gives a connection of its own each time: those of a pool may be as dead as the one that broke.</param>
/// <param name="marks">By which it is told.</param>
/// <param name="maxOutage">How long it is asked for.</param>
internal sealed class CommitInquiry(NpgsqlDataSource source, CommitMarks marks, TimeSpan maxOutage)
{
    // As long as it is there it can commit. It is ended where it waits for us, who are not at the other end any more, so that what it holds is
    // locked no longer; one that works, or waits for a standby, is left to its work. What was begun after the loss is another of the same number.
    private const string EndSql =
        "SELECT CASE WHEN wait_event_type = 'Client' THEN pg_terminate_backend(pid) END FROM pg_stat_activity "
        + "WHERE pid = $1 AND backend_start < clock_timestamp() - $2 * interval '1 second'";

    // A standby may not have it yet.
    private const string IsStandbySql = "SELECT pg_is_in_recovery()";

    /// <summary>Waits for the server, and for the end of the transaction, but not for longer than units wait for a server.</summary>
    /// <param name="number">Of its mark.</param>
    /// <param name="process">The server's process that it ran in.</param>
    public async Task<CommitOutcome> AskAsync(long number, int process)
    {
        long lost = Stopwatch.GetTimestamp();
        for (int tries = 1; ; tries++)
        {
            CommitOutcome outcome = await TryAskAsync(number, process, lost);
            if (outcome != CommitOutcome.Open || Stopwatch.GetElapsedTime(lost) >= maxOutage)
                return outcome;
            await Attempts.PauseAsync(tries);
        }
    }

    private async Task<CommitOutcome> TryAskAsync(long number, int process, long lost)
    {
        TimeSpan left = maxOutage - Stopwatch.GetElapsedTime(lost);
        using var end = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        try
        {
            await using NpgsqlConnection connection = await source.OpenConnectionAsync(end.Token);
            await using var isStandby = new NpgsqlCommand(IsStandbySql, connection);
            if (await isStandby.ExecuteScalarAsync(end.Token) is not false || await IsThereAsync(connection, process, lost, end.Token))
                return CommitOutcome.Open;
            await using NpgsqlCommand find = marks.Find(connection, number);
            return await find.ExecuteScalarAsync(end.Token) is true ? CommitOutcome.Committed : CommitOutcome.Undone;
        }
        catch (PostgresException fault) when (fault.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            // The table was to come with the transaction.
            return CommitOutcome.Undone;
        }
        catch (Exception)
        {
            // Whatever keeps it from answering: it is asked again while there is time.
            return CommitOutcome.Open;
        }
    }

    private static async Task<bool> IsThereAsync(NpgsqlConnection connection, int process, long lost, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(EndSql, connection)
        {
            Parameters = { new() { Value = process }, new() { Value = Stopwatch.GetElapsedTime(lost).TotalSeconds } },
        };
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken);
    }
}
