using System.Data.Common;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Database.Tests;

public abstract class WriteTests(Engine engine) : DatabaseContract(engine)
{
    [Fact]
    public async Task What_a_unit_wrote_is_there_after_opening_again()
    {
        await using (IDatabase first = await OpenAsync())
            await first.InsertAsync(7);

        await using IDatabase second = await OpenAsync();
        Assert.Equal(1, await second.CountAsync());
    }

    [Fact]
    public async Task Notices_come_after_the_commit_and_never_for_an_undone_unit()
    {
        await using IDatabase database = await OpenAsync();
        var notices = new List<string>();

        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync<int>(session =>
        {
            session.OnCommitted(() => notices.Add("undone"));
            throw new InvalidOperationException("on purpose");
        }));
        await database.WriteAsync(async session =>
        {
            session.OnCommitted(() => notices.Add("done"));
            return await session.ExecuteAsync("INSERT INTO numbers(value) VALUES(1)");
        });

        Assert.Equal(["done"], notices);
    }

    [Fact]
    public async Task A_failing_listener_does_not_fail_the_unit()
    {
        await using IDatabase database = await OpenAsync();
        int done = await database.WriteAsync(session =>
        {
            session.OnCommitted(() => throw new InvalidOperationException("on purpose"));
            return session.ExecuteAsync("INSERT INTO numbers(value) VALUES(1)");
        });
        Assert.Equal(1, done);
        Assert.Equal(1, await database.CountAsync());
    }

    [Fact]
    public async Task A_session_kept_after_its_unit_is_refused()
    {
        await using IDatabase database = await OpenAsync();
        IWriteSession kept = await database.WriteAsync(ValueTask.FromResult);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await kept.ExecuteAsync("DELETE FROM numbers"));
    }

    [Fact]
    public async Task Closing_commits_what_waits()
    {
        IDatabase database = await OpenAsync();
        Task<int>[] writes = [.. Enumerable.Range(1, 100).Select(i => database.InsertAsync(i))];
        await database.DisposeAsync();
        await Task.WhenAll(writes);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => database.InsertAsync(101));

        await using IDatabase again = await OpenAsync();
        Assert.Equal(100, await again.CountAsync());
    }

    [Fact]
    public async Task A_unit_that_fails_leaves_nothing()
    {
        await using IDatabase database = await OpenAsync();
        await database.InsertAsync(1);
        await Assert.ThrowsAnyAsync<DbException>(() => database.WriteAsync(async session =>
        {
            await session.ExecuteAsync("INSERT INTO numbers(value) VALUES(@p0)", 50);
            return await session.ExecuteAsync("INSERT INTO numbers(value) VALUES(@p0)", 1);
        }));
        await database.InsertAsync(2);
        Assert.Equal(
            [1L, 2L],
            await database.ReadAsync(s => s.QueryAsync("SELECT value FROM numbers ORDER BY value", row => row.GetInt64(0))));
    }

    [Fact]
    public async Task Units_that_lock_the_same_run_one_after_the_other()
    {
        await using IDatabase database = await OpenAsync();
        var published = new List<long>();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(client => Task.Run(async () =>
        {
            for (int i = 0; i < 25; i++)
            {
                await database.WriteAsync(async session =>
                {
                    await session.LockAsync(4711);
                    long? next = await session.InsertNextAsync();
                    session.OnCommitted(() => published.Add(next!.Value));
                    return next;
                });
            }
        })));
        Assert.Equal(500, await database.CountAsync());
        Assert.Equal(Enumerable.Range(1, 500).Select(n => (long)n), published.Order());
    }

    [Fact]
    public async Task A_row_that_was_read_for_update_stays_as_it_is()
    {
        await using IDatabase database = await OpenAsync();
        await database.InsertAsync(0);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(client => Task.Run(async () =>
        {
            for (int i = 0; i < 20; i++)
            {
                await database.WriteAsync(async session =>
                {
                    long? value = await session.QueryLongAsync("SELECT value FROM numbers WHERE id > @p0 FOR UPDATE", 0);
                    return await session.ExecuteAsync("UPDATE numbers SET value = @p0", value + 1);
                });
            }
        })));
        Assert.Equal(200, await database.ReadAsync(session => session.QueryLongAsync("SELECT value FROM numbers")));
    }

    [Fact]
    public async Task Posted_statements_run_in_their_place()
    {
        const int Many = 250; // more than go to the server at once
        await using IDatabase database = await OpenAsync();
        (long? before, long? between, int changed) = await database.WriteAsync(async session =>
        {
            await session.PostAsync("INSERT INTO numbers(value) VALUES(@p0)", 1);
            await session.LockAsync(1);
            await session.PostAsync("UPDATE numbers SET value = value + 1");
            await session.LockAsync(2);
            long? first = await session.QueryLongAsync("SELECT value FROM numbers");
            for (int i = 10; i < 10 + Many; i++)
                await session.PostAsync("INSERT INTO numbers(value) VALUES(@p0)", i);
            await session.LockAsync(3);
            List<long> all = await session.QueryAsync("SELECT count(*) FROM numbers", row => row.GetInt64(0));
            await session.PostAsync("DELETE FROM numbers WHERE value = 10");
            await session.LockAsync(1);
            int updated = await session.ExecuteAsync("UPDATE numbers SET value = -value WHERE value <= 11");
            await session.PostAsync("INSERT INTO numbers(value) VALUES(1000)");
            return (first, all[0], updated);
        });
        Assert.Equal((2, Many + 1, 2), (before, between, changed));
        Assert.Equal(Many + 1, await database.CountAsync());
        Assert.Equal(1, await database.ReadAsync(s => s.QueryLongAsync("SELECT count(*) FROM numbers WHERE value = 1000")));
    }

    [Fact]
    public async Task What_posted_queries_give_comes_with_the_next_statement()
    {
        const int Many = 150; // more than go to the server at once
        await using IDatabase database = await OpenAsync();
        await database.WriteAsync(async session =>
        {
            Posted first = await session.PostQueryAsync("INSERT INTO numbers(value) VALUES(@p0) RETURNING value", 7);
            Posted none = await session.PostQueryAsync("SELECT value FROM numbers WHERE value = @p0", 8);
            await session.LockAsync(1);
            Posted two = await session.PostQueryAsync("SELECT value FROM numbers UNION ALL SELECT 9");
            Posted nothing = await session.PostQueryAsync("SELECT NULL");
            Posted truth = await session.PostQueryAsync("SELECT value = 7 FROM numbers");
            Assert.Equal(1, await session.ExecuteAsync("UPDATE numbers SET value = value + 1"));
            Assert.Equal((7, null, 7, null, 1), (first.Value, none.Value, two.Value, nothing.Value, truth.Value));

            Posted changed = await session.PostQueryAsync("SELECT value FROM numbers");
            Assert.Equal([10L, 11L], await session.QueryAsync("SELECT 10 UNION ALL SELECT 11", row => row.GetInt64(0)));
            Assert.Equal(8, changed.Value);

            var many = new List<Posted>();
            for (int i = 0; i < Many; i++)
            {
                await session.PostAsync("UPDATE numbers SET value = value + 1");
                many.Add(await session.PostQueryAsync("SELECT value FROM numbers"));
            }
            Assert.Equal(8 + Many, await session.QueryLongAsync("SELECT value FROM numbers"));
            Assert.Equal(Enumerable.Range(9, Many).Select(n => (long?)n), many.Select(each => each.Value));
            // The last statement of a unit may be one, too.
            await session.PostQueryAsync("UPDATE numbers SET value = 0 RETURNING value");
            return 0;
        });
        Assert.Equal(0, await database.ReadAsync(session => session.QueryLongAsync("SELECT value FROM numbers")));
    }

    [Fact]
    public async Task A_posted_query_that_fails_fails_its_unit()
    {
        await using IDatabase database = await OpenAsync();
        await database.InsertAsync(1);
        await Assert.ThrowsAnyAsync<DbException>(() => database.WriteAsync(async session =>
        {
            await session.ExecuteAsync("INSERT INTO numbers(value) VALUES(2)");
            await session.PostQueryAsync("INSERT INTO numbers(value) VALUES(1) RETURNING value");
            return await session.QueryLongAsync("SELECT 1");
        }));
        Assert.Equal(1, await database.CountAsync());
    }

    [Fact]
    public async Task A_posted_statement_that_fails_fails_its_unit()
    {
        await using IDatabase database = await OpenAsync();
        await database.InsertAsync(1);
        int acknowledged = 0;
        await Assert.ThrowsAnyAsync<DbException>(() => database.WriteAsync(async session =>
        {
            session.OnCommitted(() => acknowledged++);
            await session.ExecuteAsync("INSERT INTO numbers(value) VALUES(2)");
            await session.PostAsync("INSERT INTO numbers(value) VALUES(1)");
            return 0;
        }));
        Assert.Equal((1, 0), (await database.CountAsync(), acknowledged));
        await Assert.ThrowsAsync<ArgumentException>(() => database.WriteAsync(async session =>
        {
            await session.PostAsync("INSERT INTO numbers(value) VALUES(@p0)");
            return 0;
        }));
    }

    [Fact]
    public async Task Statements_change_rows_and_say_how_many()
    {
        await using IDatabase database = await OpenAsync();
        (int inserted, int changed, int none, int removed) = await database.WriteAsync(async session => (
            await session.ExecuteAsync("INSERT INTO numbers(value) VALUES(1), (2), (3)"),
            await session.ExecuteAsync("UPDATE numbers SET value = value + 10 WHERE value > @p0", 1),
            await session.ExecuteAsync("UPDATE numbers SET value = 0 WHERE value = @p0", 99),
            await session.ExecuteAsync("DELETE FROM numbers WHERE value IN (SELECT value FROM numbers WHERE value > @p0)", 10)));
        Assert.Equal((3, 2, 0, 2), (inserted, changed, none, removed));
    }
}

public sealed class SqliteWriteTests() : WriteTests(Engine.Sqlite);
