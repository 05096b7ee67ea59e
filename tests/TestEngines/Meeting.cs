using Npgsql;

namespace UnifiedMsg.TestEngines;

/// <summary>Makes calls meet for certain: on PostgreSQL rows are held until each of the calls waits for a lock, or is done; on SQLite, where one unit
/// runs after the other, they begin together.</summary>
public static class Meeting
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    /// <summary>Runs the calls and gives what they return.</summary>
    /// <param name="home">Where.</param>
    /// <param name="held">Statements that lock something.</param>
    /// <param name="calls">What meets.</param>
    public static async Task<T[]> OfAsync<T>(DatabaseHome home, string held, params Func<Task<T>>[] calls)
    {
        if (home.Engine == Engine.Sqlite)
            return await Task.WhenAll(calls.Select(Task.Run));
        return await HoldAsync(home, held, "", calls);
    }

    /// <summary>On PostgreSQL alone: runs a call that meets somebody who has locked something and then changes something.</summary>
    /// <param name="home">Where.</param>
    /// <param name="held">Statements that lock something.</param>
    /// <param name="meanwhile">What the holder of the lock does once the call waits for it, or is done.</param>
    /// <param name="call">The call.</param>
    public static async Task<T> WithAsync<T>(DatabaseHome home, string held, string meanwhile, Func<Task<T>> call) =>
        (await HoldAsync(home, held, meanwhile, [call]))[0];

    private static async Task<T[]> HoldAsync<T>(DatabaseHome home, string held, string meanwhile, Func<Task<T>>[] calls)
    {
        await using var holder = new NpgsqlConnection(home.Connection + ";Pooling=false");
        await holder.OpenAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        await RunAsync(holder, held);
        Task<T>[] running = [.. calls.Select(Task.Run)];
        await WaitUntilMetAsync(home, running);
        if (meanwhile.Length > 0)
            await RunAsync(holder, meanwhile);
        await transaction.CommitAsync();
        return await Task.WhenAll(running).WaitAsync(Guard);
    }

    private static async Task WaitUntilMetAsync(DatabaseHome home, Task[] running)
    {
        using var guard = new CancellationTokenSource(Guard);
        await using var own = new NpgsqlConnection(home.Connection + ";Pooling=false");
        await own.OpenAsync(guard.Token);
        await using var command = new NpgsqlCommand(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'", own);
        while ((long)(await command.ExecuteScalarAsync(guard.Token))! < running.Count(task => !task.IsCompleted))
            await Task.Delay(5, guard.Token);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
