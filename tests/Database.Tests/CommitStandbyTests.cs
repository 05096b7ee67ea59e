using Npgsql;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Database.Tests;

/// <summary>A server that commits only what its standby has too, and a standby that is away.</summary>
public sealed class CommitStandbyTests : CommitCutContract
{
    private const string Waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query NOT LIKE '%commit_marks%'";

    [Fact]
    public async Task A_command_that_lasts_too_long_is_no_commit()
    {
        string connection = new NpgsqlConnectionStringBuilder(Connection) { CommandTimeout = 1 }.ConnectionString;
        await LoseStandbyAsync();
        await using IDatabase database = await OpenAsync(connection, TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<UncertainCommitException>(() => database.WriteAsync(session => StoreAsync(session, 1)).WaitAsync(Guard));
        await ForgetStandbyAsync();
    }

    [Fact]
    public async Task A_commit_that_the_standby_does_not_have_is_not_acknowledged()
    {
        await LoseStandbyAsync();
        await using IDatabase database = await OpenAsync(Connection, TimeSpan.FromSeconds(1));
        Task<int> unit = database.WriteAsync(session => StoreAsync(session, 1));
        await EndWaitingAsync();
        await Assert.ThrowsAsync<UncertainCommitException>(() => unit.WaitAsync(Guard));
        await ForgetStandbyAsync();
    }

    [Fact]
    public async Task When_the_standby_is_back_it_is_acknowledged_and_was_stored_once()
    {
        int runs = 0;
        await LoseStandbyAsync();
        Task<int> unit = Database.WriteAsync(session => StoreAsync(session, ++runs));
        await EndWaitingAsync();
        await ForgetStandbyAsync();
        Assert.Equal(1, await unit.WaitAsync(Guard));
        Assert.Equal([1], await StoredAsync());
    }

    protected override Task<PostgreSqlCluster> StartAsync() => PostgreSqlCluster.StartAsync();

    protected override ValueTask EndAsync() => Cluster.DisposeAsync();

    // The server begins with it: when the processes of one that runs come to know is not told.
    private async Task LoseStandbyAsync()
    {
        await Cluster.RunAsync("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
        await Cluster.KillAsync();
        await Cluster.RestartAsync();
    }

    // Whoever waits is let go.
    private async Task ForgetStandbyAsync()
    {
        await Cluster.RunAsync("ALTER SYSTEM RESET synchronous_standby_names");
        await Cluster.RunAsync("SELECT pg_reload_conf()");
    }

    // Ends the process that waits for the standby: what it has committed is seen by everybody.
    private Task EndWaitingAsync() => Cluster.RunAsync(
        $"DO $$ BEGIN WHILE NOT EXISTS({Waiting}) LOOP PERFORM pg_sleep(0.01); PERFORM pg_stat_clear_snapshot(); END LOOP; PERFORM pg_terminate_backend(pid) FROM ({Waiting}) AS w; END $$");
}
