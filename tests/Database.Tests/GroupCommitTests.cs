using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database.Sqlite;

namespace UnifiedMsg.Database.Tests;

/// <summary>How the one writer of SQLite takes units together.</summary>
public sealed class GroupCommitTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_failing_unit_undoes_only_itself()
    {
        await using SqliteDatabase database = await TestDatabase.OpenAsync(_folder);
        using var gate = new ManualResetEventSlim();
        // Holds the writer so that the next three share one commit.
        Task<int> holder = database.WriteAsync(_ =>
        {
            gate.Wait(TimeSpan.FromSeconds(30));
            return ValueTask.FromResult(0);
        });
        Task<int> before = database.InsertAsync(1);
        Task<int> failing = database.WriteAsync(async session =>
        {
            await session.ExecuteAsync("INSERT INTO numbers(value) VALUES(@p0)", 50);
            return await session.ExecuteAsync("INSERT INTO numbers(value) VALUES(@p0)", 1);
        });
        Task<int> after = database.InsertAsync(2);
        gate.Set();

        await Task.WhenAll(holder, before, after);
        await Assert.ThrowsAsync<SqliteException>(() => failing);
        Assert.Equal(
            [1L, 2L],
            await database.ReadAsync(s => s.QueryAsync("SELECT value FROM numbers ORDER BY value", row => row.GetInt64(0))));
    }

    [Fact]
    public async Task Whatever_fails_among_many_the_others_are_stored_once_and_told_in_order()
    {
        await using SqliteDatabase database = await TestDatabase.OpenAsync(_folder);
        var published = new List<int>();
        var runs = new int[200];
        using var gate = new ManualResetEventSlim();
        Task<int> holder = database.WriteAsync(_ =>
        {
            gate.Wait(TimeSpan.FromSeconds(30));
            return ValueTask.FromResult(0);
        });
        Task<int>[] units = [.. Enumerable.Range(0, runs.Length).Select(i => database.WriteAsync(async session =>
        {
            runs[i]++;
            session.OnCommitted(() => published.Add(i));
            // Some fail before they have changed anything, some after.
            if (i % 9 == 4)
                throw new DatabaseException("refused");
            await session.ExecuteAsync("INSERT INTO numbers(value) VALUES(@p0)", i);
            if (i % 7 == 3)
                throw new DatabaseException("refused");
            return i;
        }))];
        gate.Set();

        await holder;
        int[] kept = [.. Enumerable.Range(0, runs.Length).Where(i => i % 9 != 4 && i % 7 != 3)];
        for (int i = 0; i < units.Length; i++)
        {
            if (kept.Contains(i))
                Assert.Equal(i, await units[i]);
            else
                await Assert.ThrowsAsync<DatabaseException>(() => units[i]);
        }
        Assert.Equal(kept, published);
        Assert.Equal(
            kept.Select(i => (long)i), await database.ReadAsync(s => s.QueryAsync("SELECT value FROM numbers ORDER BY value", row => row.GetInt64(0))));
        Assert.True(runs.Max() <= 2, "many that fail must not have the others run again and again");
    }

    [Fact]
    public async Task Small_units_go_before_large_ones_which_go_on_all_the_same()
    {
        await using SqliteDatabase database = await TestDatabase.OpenAsync(_folder);
        var order = new List<string>();
        using var gate = new ManualResetEventSlim();
        Task<int> holder = database.WriteAsync(_ =>
        {
            gate.Wait(TimeSpan.FromSeconds(30));
            return ValueTask.FromResult(0);
        });
        Task<int>[] large = [.. Enumerable.Range(1, 3).Select(i => database.WriteLargeAsync(session =>
        {
            session.OnCommitted(() => order.Add($"large {i}"));
            return session.ExecuteAsync("INSERT INTO numbers(value) VALUES(@p0)", -i);
        }))];
        Task<int>[] small = [.. Enumerable.Range(1, 600).Select(i => database.WriteAsync(session =>
        {
            session.OnCommitted(() => order.Add("small"));
            return session.ExecuteAsync("INSERT INTO numbers(value) VALUES(@p0)", i);
        }))];
        gate.Set();

        await Task.WhenAll([holder, .. large, .. small]);
        Assert.Equal("small", order[0]);
        Assert.Equal(["large 1", "large 2", "large 3"], order.Where(each => each != "small"));
        // 600 are two commits at least, and after each of them one large unit has its turn.
        Assert.True(order.IndexOf("large 1") < order.LastIndexOf("small"));
    }

    [Fact]
    public async Task Closing_runs_large_units_that_wait()
    {
        SqliteDatabase database = await TestDatabase.OpenAsync(_folder);
        Task<int>[] large = [.. Enumerable.Range(1, 20).Select(i => database.WriteLargeAsync(
            session => session.ExecuteAsync("INSERT INTO numbers(value) VALUES(@p0)", i)))];
        await database.DisposeAsync();
        Assert.Equal(20, (await Task.WhenAll(large)).Sum());
    }

    [Fact]
    public async Task Units_of_many_callers_run_in_order_and_none_is_lost()
    {
        await using SqliteDatabase database = await TestDatabase.OpenAsync(_folder);
        var published = new List<long>();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(client => Task.Run(async () =>
        {
            for (int i = 0; i < 50; i++)
            {
                await database.WriteAsync(async session =>
                {
                    long next = (await session.QueryLongAsync("SELECT coalesce(max(value), 0) + 1 FROM numbers"))!.Value;
                    session.OnCommitted(() => published.Add(next));
                    return await session.ExecuteAsync("INSERT INTO numbers(value) VALUES(@p0)", next);
                });
            }
        })));

        Assert.Equal(1000, await database.CountAsync());
        Assert.Equal(Enumerable.Range(1, 1000).Select(n => (long)n), published);
    }

    [Fact]
    public async Task A_unit_can_be_withdrawn_while_it_waits()
    {
        await using SqliteDatabase database = await TestDatabase.OpenAsync(_folder);
        using var gate = new ManualResetEventSlim();
        Task<int> holder = database.WriteAsync(_ =>
        {
            gate.Wait(TimeSpan.FromSeconds(30));
            return ValueTask.FromResult(0);
        });
        using var cancel = new CancellationTokenSource();
        Task<int> waiting = database.InsertAsync(1, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        gate.Set();
        await holder;
        Assert.Equal(0, await database.CountAsync());
    }

    [Fact]
    public async Task A_full_queue_holds_callers_back_and_loses_nothing()
    {
        await using SqliteDatabase database = await TestDatabase.OpenAsync(
            new SqliteOptions { Path = _folder.File("unifiedmsg.db"), QueueLength = 2, MaxUnitsPerCommit = 3 });
        await Task.WhenAll(Enumerable.Range(1, 200).Select(i => database.InsertAsync(i)));
        Assert.Equal(200, await database.CountAsync());
    }

    [Fact]
    public async Task A_unit_that_waits_for_something_else_is_undone()
    {
        await using SqliteDatabase database = await TestDatabase.OpenAsync(_folder);
        var never = new TaskCompletionSource();
        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync(async session =>
        {
            await session.ExecuteAsync("INSERT INTO numbers(value) VALUES(1)");
            await never.Task;
            return 0;
        }));
        Assert.Equal(0, await database.CountAsync());
    }

    [Fact]
    public async Task A_transaction_that_can_not_begin_fails_its_unit_and_the_next_one_goes_through()
    {
        await (await TestDatabase.OpenAsync(_folder)).DisposeAsync();
        var options = new SqliteOptions { Path = _folder.File("unifiedmsg.db"), QueueLength = 1 };
        using Connection stranger = Connection.Open(options.Path, SqliteOpenMode.ReadWrite);
        using Connection connection = Connection.Open(options.Path, SqliteOpenMode.ReadWrite);
        await using var checkpointer = new Checkpointer(
            Connection.Open(options.Path, SqliteOpenMode.ReadWrite), options.CheckpointBytes, 4096, NullLogger.Instance);
        await using var writer = new GroupCommitWriter(connection, checkpointer, options, TimeProvider.System, NullLogger.Instance);

        stranger.Execute("BEGIN IMMEDIATE");
        for (int attempt = 0; attempt < 2; attempt++)
            await Assert.ThrowsAsync<DatabaseException>(() => InsertAsync(writer).WaitAsync(TimeSpan.FromSeconds(30)));
        stranger.Execute("ROLLBACK");
        Assert.Equal(1, await InsertAsync(writer).WaitAsync(TimeSpan.FromSeconds(30)));

        static Task<int> InsertAsync(GroupCommitWriter writer) => writer.SubmitAsync(
            session => session.ExecuteAsync("INSERT INTO numbers(value) VALUES(1)"), isLarge: false, CancellationToken.None);
    }
}
