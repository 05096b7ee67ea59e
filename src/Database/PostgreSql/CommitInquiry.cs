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
    // Where it waits for us it would keep what it has locked until the server notices that nobody is at the other end. Nothing but that depends on
    // whether it is found: a pooler, a role or a clock that was set may hide it.
    private const string EndSql =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        + "WHERE pid = $1 AND wait_event_type = 'Client' AND backend_start < clock_timestamp() - $2 * interval '1 second'";

    /// <summary>Waits for the server, and for a commit that is under way, but not for longer than units wait for a server.</summary>
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
            await EndAsync(connection, process, lost, end.Token);
            await using NpgsqlCommand settle = marks.Settle(connection, number);
            // A token would be a request to cancel, which the server takes for leave to commit without a standby.
            settle.CommandTimeout = Math.Max(1, (int)left.TotalSeconds);
            return await settle.ExecuteScalarAsync(CancellationToken.None) is true ? CommitOutcome.Undone : CommitOutcome.Committed;
        }
        catch (Exception)
        {
            // Whatever keeps it from answering: it is asked again while there is time.
            return CommitOutcome.Open;
        }
    }

    private static async Task EndAsync(NpgsqlConnection connection, int process, long lost, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(EndSql, connection)
        {
            Parameters = { new() { Value = process }, new() { Value = Stopwatch.GetElapsedTime(lost).TotalSeconds } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
