using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using UnifiedMsg.Database.PostgreSql;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Database.Tests;

/// <summary>What becomes of a unit whose connection breaks around its commit.</summary>
public sealed class CommitCutTests : CommitCutContract
{
    [Theory]
    [InlineData(CommitCut.Answer, false, 1)]
    [InlineData(CommitCut.Answer, true, 1)]
    [InlineData(CommitCut.Request, false, 2)]
    [InlineData(CommitCut.Request, true, 2)]
    public async Task A_unit_is_stored_once_and_its_caller_hears_so(CommitCut where, bool together, int expectedRuns)
    {
        await using IDatabase other = await OpenAsync(Connection, TimeSpan.FromMinutes(1));
        var heard = Channel.CreateUnbounded<string?>();
        using IDisposable listener = other.Listen("a", notice => heard.Writer.WriteAsync(notice));
        int runs = 0;
        int told = 0;
        Task cut = Cutter.CutAsync(where, Words);
        Func<IWriteSession, ValueTask<int>> unit = session =>
        {
            session.OnCommitted(() => told++);
            session.Notify("a", "changed");
            return StoreAsync(session, ++runs);
        };
        int result = await (together ? Database.WriteTogetherAsync(1, unit) : Database.WriteAsync(unit)).WaitAsync(Guard);
        await cut;
        Assert.Equal((expectedRuns, expectedRuns, 1), (result, runs, told));
        Assert.Equal([expectedRuns], await StoredAsync());
        Assert.Equal("changed", await heard.Reader.ReadAsync().AsTask().WaitAsync(Guard));
        Assert.False(heard.Reader.TryRead(out _));
    }

    [Theory, InlineData(CommitCut.Answer), InlineData(CommitCut.Request)]
    public async Task Units_that_share_a_transaction_are_each_stored_once(CommitCut where)
    {
        var gate = new TaskCompletionSource();
        Task<int> holder = Database.WriteTogetherAsync(1, async _ =>
        {
            await gate.Task;
            return 0;
        });
        Task<int>[] units = [.. Enumerable.Range(1, 12).Select(i => Database.WriteTogetherAsync(1, session => StoreAsync(session, i)))];
        Task cut = Cutter.CutAsync(where, Words);
        gate.SetResult();
        await holder;
        Assert.Equal(Enumerable.Range(1, 12), await Task.WhenAll(units).WaitAsync(Guard));
        await cut;
        Assert.Equal(Enumerable.Range(1, 12).Select(i => (long)i), await StoredAsync());
    }

    [Theory, InlineData(CommitCut.Answer), InlineData(CommitCut.Request)]
    public async Task A_unit_that_waits_for_no_answer_is_stored_once(CommitCut where)
    {
        Task cut = Cutter.CutAsync(where, Words);
        await Database.WriteAsync(async session =>
        {
            await session.PostAsync(Insert, 7);
            return 0;
        }).WaitAsync(Guard);
        await cut;
        Assert.Equal([7], await StoredAsync());
    }

    [Fact]
    public async Task A_commit_that_is_under_way_is_waited_for()
    {
        await Cluster.RunAsync(
            """
            CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(5); RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON log DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait();
            """,
            Connection);
        await using var holder = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Connection) { Pooling = false }.ConnectionString);
        await holder.OpenAsync();
        await using var hold = new NpgsqlCommand("SELECT pg_advisory_lock(5)", holder);
        await hold.ExecuteNonQueryAsync();
        Task cut = Cutter.CutAsync(CommitCut.Underway, Words);
        int runs = 0;
        Task<int> unit = Database.WriteAsync(session => StoreAsync(session, ++runs));
        await cut.WaitAsync(Guard);
        int before = Cutter.Connections;
        using var guard = new CancellationTokenSource(Guard);
        while (Cutter.Connections < before + 3)
            await Task.Delay(5, guard.Token);
        Assert.False(unit.IsCompleted);
        await holder.CloseAsync();
        Assert.Equal(1, await unit.WaitAsync(Guard));
        Assert.Equal([1], await StoredAsync());
    }

    [Theory, InlineData(1000), InlineData(500_000)]
    public async Task When_nobody_tells_whether_it_happened_all_look_and_it_is_not_run_again(int watchEveryMicroseconds)
    {
        // Of less than a millisecond too: it is what is left of a longer time in the end.
        await using IDatabase database = await PostgreSqlDatabase.OpenAsync(
            new PostgreSqlOptions
            {
                Connection = Cutter.Connection,
                MaxOutage = TimeSpan.FromMilliseconds(50),
                WatchEvery = TimeSpan.FromMicroseconds(watchEveryMicroseconds - 1),
            },
            [LogTable], NullLoggerFactory.Instance, TimeProvider.System);
        await using IDatabase other = await OpenAsync(Connection, TimeSpan.FromMinutes(1));
        var here = Channel.CreateUnbounded<string?>();
        var there = Channel.CreateUnbounded<string?>();
        using IDisposable listener = database.Listen("a", notice => here.Writer.WriteAsync(notice));
        using IDisposable otherListener = other.Listen("a", notice => there.Writer.WriteAsync(notice));
        Task cut = Cutter.CutAsync(CommitCut.Answer, Words, shut: true);
        int runs = 0;
        await Assert.ThrowsAsync<UncertainCommitException>(() => database.WriteAsync(session =>
        {
            session.Notify("a", "changed");
            return StoreAsync(session, ++runs);
        }));
        await cut;
        Cutter.Open();
        Assert.Equal(1, runs);
        Assert.Equal("changed", await there.Reader.ReadAsync().AsTask().WaitAsync(Guard));
        Assert.Null(await here.Reader.ReadAsync().AsTask().WaitAsync(Guard));
        Assert.Equal([1], await StoredAsync());
    }

    protected override Task<PostgreSqlCluster> StartAsync() => PostgreSqlCluster.SharedAsync();

    protected override async ValueTask EndAsync() => await Cluster.DropDatabaseAsync(Connection);
}
