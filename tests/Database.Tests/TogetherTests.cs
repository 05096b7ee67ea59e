using System.Collections.Concurrent;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Database.Tests;

/// <summary>Units that lock the same and may share a transaction.</summary>
public abstract class TogetherTests(Engine engine) : DatabaseContract(engine)
{
    private const int Key = 7;

    [Fact]
    public async Task They_run_one_after_the_other_and_are_told_in_the_order_of_their_commits()
    {
        const int Clients = 20;
        const int Each = 25;
        await using IDatabase database = await OpenAsync();
        var published = new ConcurrentQueue<long>();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            for (int i = 0; i < Each; i++)
            {
                long mine = await database.WriteTogetherAsync(Key, async session =>
                {
                    await session.LockAsync(Key);
                    long next = (await session.InsertNextAsync())!.Value;
                    session.OnCommitted(() => published.Enqueue(next));
                    return next;
                });
                Assert.Contains(mine, published);
            }
        })));
        Assert.Equal(Enumerable.Range(1, Clients * Each).Select(n => (long)n), published);
        Assert.Equal(Clients * Each, await database.CountAsync());
    }

    [Fact]
    public async Task Whatever_fails_among_many_the_others_are_stored_once()
    {
        await using IDatabase database = await OpenAsync();
        await database.InsertAsync(-1);
        int told = 0;
        Task<int>[] units = [.. Enumerable.Range(0, 200).Select(i => database.WriteTogetherAsync(Key, async session =>
        {
            session.OnCommitted(() => told++);
            if (i % 9 == 4)
                throw new DatabaseException("refused");
            await session.ExecuteAsync("INSERT INTO numbers(value) VALUES(@p0)", i);
            if (i % 7 == 3)
                throw new DatabaseException("refused");
            // A posted statement may fail when the unit has returned.
            await session.PostAsync("INSERT INTO numbers(value) VALUES(@p0)", i % 11 == 5 ? -1 : 1000 + i);
            return i;
        }))];
        int[] kept = [.. Enumerable.Range(0, units.Length).Where(i => i % 9 != 4 && i % 7 != 3 && i % 11 != 5)];
        for (int i = 0; i < units.Length; i++)
        {
            if (kept.Contains(i))
                Assert.Equal(i, await units[i]);
            else
                await Assert.ThrowsAnyAsync<Exception>(() => units[i]);
        }
        Assert.Equal(kept.Length, told);
        Assert.Equal(
            [-1L, .. kept.Select(i => (long)i), .. kept.Select(i => 1000L + i)],
            await database.ReadAsync(s => s.QueryAsync("SELECT value FROM numbers ORDER BY value", row => row.GetInt64(0))));
    }

    [Fact]
    public async Task Closing_commits_those_that_wait()
    {
        IDatabase database = await OpenAsync();
        Task<int>[] writes = [.. Enumerable.Range(1, 100).Select(i => InsertAsync(database, i % 3, i))];
        await database.DisposeAsync();
        await Task.WhenAll(writes);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => InsertAsync(database, 1, 101));

        await using IDatabase again = await OpenAsync();
        Assert.Equal(100, await again.CountAsync());
    }

    protected static Task<int> InsertAsync(IDatabase database, long key, long value, CancellationToken cancellationToken = default) =>
        database.WriteTogetherAsync(key, session => session.ExecuteAsync("INSERT INTO numbers(value) VALUES(@p0)", value), cancellationToken);
}

public sealed class SqliteTogetherTests() : TogetherTests(Engine.Sqlite);

public sealed class PostgreSqlTogetherTests() : TogetherTests(Engine.PostgreSql)
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Those_that_waited_share_a_transaction_and_those_of_another_key_do_not_wait()
    {
        await using IDatabase database = await OpenAsync();
        var gate = new TaskCompletionSource();
        Task<long> holder = database.WriteTogetherAsync(1, async session =>
        {
            long transaction = await TransactionAsync(session);
            await gate.Task;
            return transaction;
        });
        Task<long>[] waiting = [.. Enumerable.Range(0, 10).Select(_ => database.WriteTogetherAsync(1, TransactionAsync))];
        long other = await database.WriteTogetherAsync(2, TransactionAsync).WaitAsync(Guard);
        gate.SetResult();
        long first = await holder;
        long shared = Assert.Single((await Task.WhenAll(waiting)).Distinct());
        Assert.Equal(3, new[] { first, shared, other }.Distinct().Count());
    }

    [Fact]
    public async Task Transactions_that_wait_for_each_other_end_all_the_same()
    {
        await using IDatabase database = await OpenAsync();
        await database.WriteAsync(session => session.ExecuteAsync("INSERT INTO numbers(id, value) VALUES(1, 100), (2, 200)"));
        var gate = new TaskCompletionSource();
        Task<int>[] holders = [.. Enumerable.Range(1, 2).Select(key => database.WriteTogetherAsync(key, async _ =>
        {
            await gate.Task;
            return 0;
        }))];
        // Each of two transactions locks a row with its first unit and wants that of the other with its second.
        TaskCompletionSource[] locked = [new(), new()];
        Task<int>[] units = [.. Enumerable.Range(0, 4).Select(i => database.WriteTogetherAsync((i % 2) + 1, async session =>
        {
            int row = i < 2 ? i : 3 - i;
            int changed = await session.ExecuteAsync("UPDATE numbers SET value = value + 1 WHERE id = @p0", row + 1);
            if (i < 2)
            {
                locked[i].TrySetResult();
                await locked[1 - i].Task;
            }
            return changed;
        }))];
        gate.SetResult();
        await Task.WhenAll([.. holders, .. units]).WaitAsync(Guard);
        Assert.Equal(
            [102L, 202L],
            await database.ReadAsync(s => s.QueryAsync("SELECT value FROM numbers ORDER BY id", row => row.GetInt64(0))));
    }

    [Fact]
    public async Task One_can_be_withdrawn_while_it_waits()
    {
        await using IDatabase database = await OpenAsync();
        var gate = new TaskCompletionSource();
        Task<int> holder = database.WriteTogetherAsync(1, async _ =>
        {
            await gate.Task;
            return 0;
        });
        using var cancel = new CancellationTokenSource();
        Task<int> withdrawn = InsertAsync(database, 1, 1, cancel.Token);
        Task<int> waiting = InsertAsync(database, 1, 2);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => withdrawn);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => InsertAsync(database, 1, 3, cancel.Token));
        gate.SetResult();
        await Task.WhenAll(holder, waiting);
        Assert.Equal(1, await database.CountAsync());
    }

    private static async ValueTask<long> TransactionAsync(IWriteSession session) =>
        (await session.QueryLongAsync("SELECT pg_current_xact_id()::text::bigint"))!.Value;
}
