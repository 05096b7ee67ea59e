using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database.Sqlite;

namespace UnifiedMsg.Database.Tests;

/// <summary>When a caller of SQLite does the writer's work on his own thread.</summary>
public sealed class CallersThreadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task One_who_is_alone_commits_himself()
    {
        await using SqliteDatabase database = await OpenAsync(TimeSpan.Zero);
        await BeAloneAsync(database);
        for (int i = 1; i <= 20; i++)
            Assert.Equal((true, true), await Task.Run(() => WriteAsync(database, i)));
        Assert.Equal(20, await database.CountAsync());
    }

    [Fact]
    public async Task On_a_slow_disk_he_does_not()
    {
        await using SqliteDatabase database = await OpenAsync(TimeSpan.FromMilliseconds(2));
        for (int i = 0; i < 5; i++)
            Assert.Equal((false, false), await Task.Run(() => WriteAsync(database, i)));
    }

    [Fact]
    public async Task A_thread_with_duties_of_its_own_does_not()
    {
        await using SqliteDatabase database = await OpenAsync(TimeSpan.Zero);
        await BeAloneAsync(database);
        var done = new TaskCompletionSource<Task<(bool OnCallers, bool AtOnce)>>();
        new Thread(() => done.SetResult(WriteAsync(database, 1))) { IsBackground = true }.Start();
        Assert.False((await await done.Task).OnCallers);
    }

    [Fact]
    public async Task What_a_listener_writes_comes_after_the_unit_that_it_was_told_of()
    {
        await using SqliteDatabase database = await OpenAsync(TimeSpan.Zero);
        await BeAloneAsync(database);
        Task<int>? second = null;
        await Task.Run(() => database.WriteAsync(session =>
        {
            session.OnCommitted(() => second = database.InsertAsync(2));
            return session.ExecuteAsync("INSERT INTO numbers(value) VALUES(1)");
        }));
        await second!;
        Assert.Equal(
            [(1L, 1L), (2L, 2L)],
            await database.ReadAsync(s => s.QueryAsync("SELECT id, value FROM numbers ORDER BY id", row => (row.GetInt64(0), row.GetInt64(1)))));
    }

    [Fact]
    public async Task A_unit_of_his_that_fails_is_undone()
    {
        await using SqliteDatabase database = await OpenAsync(TimeSpan.Zero);
        await BeAloneAsync(database);
        await Task.Run(() => Assert.ThrowsAsync<DatabaseException>(() => database.WriteAsync<int>(async session =>
        {
            await session.ExecuteAsync("INSERT INTO numbers(value) VALUES(1)");
            throw new DatabaseException("refused");
        })));
        Assert.Equal((true, true), await Task.Run(() => WriteAsync(database, 2)));
        Assert.Equal(1, await database.CountAsync());
    }

    [Fact]
    public async Task Closing_waits_for_him()
    {
        SqliteDatabase database = await OpenAsync(TimeSpan.Zero);
        await BeAloneAsync(database);
        var begun = new TaskCompletionSource();
        using var gate = new ManualResetEventSlim();
        Task<int> running = Task.Run(() => database.WriteAsync(session =>
        {
            begun.SetResult();
            gate.Wait(TimeSpan.FromSeconds(30));
            return session.ExecuteAsync("INSERT INTO numbers(value) VALUES(1)");
        }));
        await begun.Task;
        Task closing = database.DisposeAsync().AsTask();
        Assert.False(closing.IsCompleted);
        gate.Set();
        await closing;
        Assert.Equal(1, await running);
        await Task.Run(() => Assert.ThrowsAsync<ObjectDisposedException>(() => database.InsertAsync(2)));
    }

    // The writer's thread takes the first units: it has to learn how quick a commit is, and acknowledges before it is ready for others.
    private static async Task BeAloneAsync(SqliteDatabase database)
    {
        while (await Task.Run(() => WriteAsync(database, -1)) != (true, true))
        {
        }
        await Task.Run(() => database.WriteAsync(session => session.ExecuteAsync("DELETE FROM numbers")));
    }

    // Whether the unit ran on the caller's thread, and was done when the call returned.
    private static async Task<(bool OnCallers, bool AtOnce)> WriteAsync(SqliteDatabase database, int value)
    {
        int caller = Environment.CurrentManagedThreadId;
        Task<bool> writing = database.WriteAsync(async session =>
        {
            await session.ExecuteAsync("INSERT INTO numbers(value) VALUES(@p0) ON CONFLICT DO NOTHING", value);
            return Environment.CurrentManagedThreadId == caller;
        });
        bool atOnce = writing.IsCompleted;
        return (await writing, atOnce);
    }

    // Between two looks at the clock so much time goes by.
    private Task<SqliteDatabase> OpenAsync(TimeSpan step) => SqliteDatabase.OpenAsync(
        new SqliteOptions { Path = _folder.File("unifiedmsg.db") }, [TestDatabase.Numbers], NullLoggerFactory.Instance, new SteppingTime(step));

    private sealed class SteppingTime(TimeSpan step) : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Add(ref _now, step.Ticks);
    }
}
