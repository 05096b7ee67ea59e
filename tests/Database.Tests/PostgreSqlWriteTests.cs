using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database.PostgreSql;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Database.Tests;

public sealed class PostgreSqlWriteTests() : WriteTests(Engine.PostgreSql)
{
    [Fact]
    public async Task Units_that_wait_for_each_other_are_run_again()
    {
        await using IDatabase database = await OpenAsync();
        await database.WriteAsync(session => session.ExecuteAsync("INSERT INTO numbers(id, value) VALUES(1, 100), (2, 200)"));
        var first = new TaskCompletionSource();
        var second = new TaskCompletionSource();
        var acknowledged = new List<int>();
        int runs = 0;

        await Task.WhenAll(CrossAsync(1, 2, first, second.Task), CrossAsync(2, 1, second, first.Task)).WaitAsync(TimeSpan.FromMinutes(1));

        // The one that was undone may be back before the other one has woken up and taken its row: then they meet once more.
        Assert.True(runs >= 3);
        Assert.Equal([1, 2], acknowledged.Order());
        Assert.Equal(
            [102L, 202L],
            await database.ReadAsync(s => s.QueryAsync("SELECT value FROM numbers ORDER BY id", row => row.GetInt64(0))));

        Task<int> CrossAsync(int from, int to, TaskCompletionSource here, Task there) => database.WriteAsync(async session =>
        {
            Interlocked.Increment(ref runs);
            session.OnCommitted(() => acknowledged.Add(from));
            await session.ExecuteAsync("UPDATE numbers SET value = value + 1 WHERE id = @p0", from);
            here.TrySetResult();
            await there;
            return await session.ExecuteAsync("UPDATE numbers SET value = value + 1 WHERE id = @p0", to);
        });
    }

    [Fact]
    public async Task Who_comes_second_with_a_name_sees_the_first()
    {
        await using IDatabase database = await OpenAsync();
        var bothLooked = new Barrier(2);
        string[] said = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => database.WriteAsync(async session =>
        {
            bool isTaken = await session.QueryLongAsync("SELECT 1 FROM numbers WHERE value = 5") is not null;
            if (isTaken)
                return "taken";
            bothLooked.SignalAndWait(TimeSpan.FromSeconds(30));
            await session.ExecuteAsync("INSERT INTO numbers(value) VALUES(5)");
            return "mine";
        }))));
        Assert.Equal(["mine", "taken"], said.Order());
    }

    [Fact]
    public async Task No_more_units_run_at_once_than_there_are_connections_and_the_others_wait()
    {
        await using IDatabase database = await OpenAsync(new PostgreSqlOptions { Connection = Home.Connection, MaxWriters = 3 });
        int running = 0;
        int most = 0;
        await Task.WhenAll(Enumerable.Range(1, 100).Select(i => database.WriteAsync(async session =>
        {
            int now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            await session.ExecuteAsync("INSERT INTO numbers(value) VALUES(@p0)", i);
            Interlocked.Decrement(ref running);
            return 0;
        })));
        Assert.InRange(most, 1, 3);
        Assert.Equal(100, await database.CountAsync());
    }

    [Fact]
    public async Task A_unit_can_be_withdrawn_while_it_waits()
    {
        await using IDatabase database = await OpenAsync(new PostgreSqlOptions { Connection = Home.Connection, MaxWriters = 1 });
        var gate = new TaskCompletionSource();
        Task<int> holder = database.WriteAsync(async _ =>
        {
            await gate.Task;
            return 0;
        });
        using var cancel = new CancellationTokenSource();
        Task<int> waiting = database.InsertAsync(1, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        gate.SetResult();
        await holder;
        Assert.Equal(0, await database.CountAsync());
    }

    [Fact]
    public async Task A_unit_that_goes_on_after_a_failed_statement_is_undone()
    {
        await using IDatabase database = await OpenAsync();
        await database.InsertAsync(1);
        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync(async session =>
        {
            try
            {
                return await session.ExecuteAsync("INSERT INTO numbers(value) VALUES(1)");
            }
            catch (Npgsql.PostgresException)
            {
                return 0;
            }
        }));
        Assert.Equal(1, await database.CountAsync());
    }

    [Fact]
    public async Task A_statement_outlives_a_change_of_its_table()
    {
        await using IDatabase database = await OpenAsync();
        await database.InsertAsync(1);
        for (int i = 0; i < 20; i++)
            await ReadAllAsync();
        await database.WriteAsync(session => session.ExecuteAsync("ALTER TABLE numbers ADD COLUMN note TEXT"));
        for (int i = 0; i < 20; i++)
            await ReadAllAsync();

        async Task ReadAllAsync() => Assert.Equal(
            [1L], await database.WriteAsync(session => session.QueryAsync("SELECT * FROM numbers", row => row.GetInt64(1))));
    }

    [Fact]
    public async Task What_a_posted_query_gives_is_not_there_before()
    {
        await using IDatabase database = await OpenAsync();
        await database.WriteAsync(async session =>
        {
            Posted posted = await session.PostQueryAsync("SELECT 5");
            Assert.Throws<InvalidOperationException>(() => posted.Value);
            await session.QueryLongAsync("SELECT 1");
            Assert.Equal(5, posted.Value);
            return 0;
        });
    }

    private async Task<IDatabase> OpenAsync(PostgreSqlOptions options) =>
        await PostgreSqlDatabase.OpenAsync(options, [TestDatabase.Numbers], NullLoggerFactory.Instance, TimeProvider.System);

    private static void InterlockedMax(ref int most, int now)
    {
        for (int seen = most; now > seen; seen = most)
            Interlocked.CompareExchange(ref most, now, seen);
    }
}
