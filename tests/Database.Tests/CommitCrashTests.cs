using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Database.Tests;

/// <summary>A server that crashes around a commit, and gives the numbers again of transactions that it had not written down.</summary>
public sealed class CommitCrashTests : CommitCutContract
{
    [Theory]
    [InlineData(CommitCut.Answer, 1, false)]
    [InlineData(CommitCut.Request, 2, false)]
    [InlineData(CommitCut.Answer, 1, true)]
    [InlineData(CommitCut.Request, 2, true)]
    public async Task After_crashes_of_the_server_too(CommitCut where, int expectedRuns, bool twice)
    {
        Task<int> unit = await CrashAsync(where);
        if (twice)
        {
            await Cluster.KillAsync();
            await Cluster.RestartAsync();
        }
        Cutter.Open();
        Assert.Equal(expectedRuns, await unit.WaitAsync(Guard));
        Assert.Equal([expectedRuns, 100, 100, 100, 100, 100], await StoredAsync());
    }

    // What is under way, when the server has crashed and is back, and others have got the numbers of the transactions of which nothing was on disk.
    private async Task<Task<int>> CrashAsync(CommitCut where)
    {
        int runs = 0;
        Task cut = Cutter.CutAsync(where, Words, shut: true);
        Task<int> unit = Database.WriteAsync(session => StoreAsync(session, ++runs));
        await cut.WaitAsync(Guard);
        await Cluster.KillAsync();
        await Cluster.RestartAsync();
        for (int i = 0; i < 5; i++)
            await Cluster.RunAsync("INSERT INTO log(value) VALUES(100)", Connection);
        return unit;
    }

    protected override async Task<PostgreSqlCluster> StartAsync()
    {
        PostgreSqlCluster cluster = await PostgreSqlCluster.StartAsync();
        // What is not committed is not on disk by chance.
        await cluster.RunAsync("ALTER SYSTEM SET wal_writer_delay = '10s'");
        await cluster.RunAsync("SELECT pg_reload_conf()");
        return cluster;
    }

    protected override ValueTask EndAsync() => Cluster.DisposeAsync();
}
