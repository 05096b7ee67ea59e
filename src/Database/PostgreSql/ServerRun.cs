using Npgsql;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>
/// What a server's memory lasts, from a start or a recovery to the next. A transaction's number is not on disk before what the transaction
/// wrote is: after a crash another one gets it, so that a number means something only with the run in which it was given.
/// </summary>
/// <param name="System">The database cluster: a standby and what is restored from a backup have the same.</param>
/// <param name="Timeline">Its history: it parts where a standby becomes primary and where a backup is restored to a time.</param>
/// <param name="Started">When the server was started.</param>
/// <param name="Emptied">When its statistics were emptied: a recovery does that, also when one within a start is all that happens.</param>
internal sealed record ServerRun(string System, string Timeline, string Started, string Emptied)
{
    /// <summary>In which each connection keeps its server's run. Nobody else's settings have this name.</summary>
    public const string Setting = "unifiedmsg.run";

    /// <summary>The run as one text, in SQL. The functions are for everybody, unless somebody took them away.</summary>
    public const string Sql =
        "(SELECT concat_ws('|', system_identifier, left(pg_walfile_name(pg_current_wal_insert_lsn()), 8), "
        + "extract(epoch FROM pg_postmaster_start_time()), coalesce(extract(epoch FROM (SELECT stats_reset FROM pg_stat_wal)), 0)) "
        + "FROM pg_control_system())";

    /// <summary>Reads what <see cref="Sql"/> gives; null when it is something else.</summary>
    public static ServerRun? Parse(string text) =>
        text.Split('|') is [var system, var timeline, var started, var emptied] ? new(system, timeline, started, emptied) : null;

    /// <summary>Keeps it in a new connection.</summary>
    public static async Task KeepAsync(NpgsqlConnection connection)
    {
        try
        {
            await using var command = new NpgsqlCommand($"SELECT set_config('{Setting}', {Sql}, false)", connection);
            await command.ExecuteNonQueryAsync();
        }
        catch (PostgresException)
        {
            // Without it all works, and a commit whose connection broke stays open.
        }
    }
}
