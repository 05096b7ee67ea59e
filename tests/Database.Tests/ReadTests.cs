using System.Data.Common;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Database.Tests;

public abstract class ReadTests(Engine engine) : DatabaseContract(engine)
{
    [Fact]
    public async Task A_query_sees_one_snapshot_while_others_write()
    {
        await using IDatabase database = await OpenAsync();
        await database.InsertAsync(1);
        (long? before, long? after) = await database.ReadAsync(async session =>
        {
            long? first = await session.QueryLongAsync("SELECT count(*) FROM numbers");
            await database.InsertAsync(2);
            return (first, await session.QueryLongAsync("SELECT count(*) FROM numbers"));
        });
        Assert.Equal((1, 1), (before, after));
        Assert.Equal(2, await database.CountAsync());
    }

    [Fact]
    public async Task A_reader_can_not_write()
    {
        Home.MaxOutage = TimeSpan.Zero;
        await using IDatabase database = await OpenAsync();
        await RefusedAsync(
            async () => await database.ReadAsync(s => s.QueryLongAsync("INSERT INTO numbers(value) VALUES(1) RETURNING id")));
        Assert.Equal(0, await database.CountAsync());
    }

    [Fact]
    public async Task A_query_of_one_statement_reads_and_can_not_write()
    {
        Home.MaxOutage = TimeSpan.Zero;
        await using IDatabase database = await OpenAsync();
        await database.InsertAsync(5);
        Assert.Equal(5, await database.ReadOneAsync(session => session.QueryLongAsync("SELECT value FROM numbers WHERE value = @p0", 5)));
        await RefusedAsync(
            async () => await database.ReadOneAsync(s => s.QueryLongAsync("INSERT INTO numbers(value) VALUES(1) RETURNING id")));
        Assert.Equal(1, await database.CountAsync());
    }

    // PostgreSQL says of a query that writes what a server says that has become a standby, for which one waits.
    private async Task RefusedAsync(Func<Task> act) =>
        Assert.True(await Assert.ThrowsAnyAsync<Exception>(act) is var fault && (Home.Engine == Engine.Sqlite ? fault is DbException : fault is DatabaseException));

    [Fact]
    public async Task Every_kind_of_argument_comes_back()
    {
        await using IDatabase database = await OpenAsync();
        var time = new DateTimeOffset(2024, 2, 29, 23, 59, 58, 123, 456, TimeSpan.FromHours(2));
        await database.ReadAsync(session => session.QueryFirstAsync(
            "SELECT @p0, @p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8, @p9",
            row =>
            {
                Assert.Equal(long.MinValue, row.GetInt64(0));
                Assert.Equal(-5, row.GetInt32(1));
                Assert.Equal(uint.MaxValue, (uint)row.GetInt64(2));
                Assert.True(row.GetBoolean(3));
                Assert.Equal(1.5, row.GetDouble(4));
                Assert.Equal("Grüße, 世界", row.GetString(5));
                Assert.Equal([1, 0, 255], row.GetFieldValue<byte[]>(6));
                Assert.Equal([9], row.GetFieldValue<byte[]>(7));
                Assert.Equal(time, row.GetTime(8));
                Assert.True(row.IsDBNull(9));
                return 0;
            },
            long.MinValue, -5, uint.MaxValue, true, 1.5, "Grüße, 世界", new byte[] { 1, 0, 255 },
            new ReadOnlyMemory<byte>([9]), time, null));
    }

    [Fact]
    public async Task Empty_octets_are_not_null()
    {
        await using IDatabase database = await OpenAsync();
        Assert.Equal(1, await database.ReadAsync(s => s.QueryLongAsync("SELECT @p0 IS NOT NULL", Array.Empty<byte>())));
    }

    [Fact]
    public async Task A_wrong_number_of_arguments_is_refused()
    {
        await using IDatabase database = await OpenAsync();
        await Assert.ThrowsAsync<ArgumentException>(async () => await database.ReadAsync(s => s.QueryLongAsync("SELECT @p0, @p1", 1)));
    }

    [Fact]
    public async Task Truth_is_a_number_and_the_other_way_round()
    {
        await using IDatabase database = await OpenAsync();
        await database.InsertAsync(1);
        Assert.Equal((1L, true, true, false), await database.ReadAsync(session => session.QueryFirstAsync(
            "SELECT EXISTS(SELECT 1 FROM numbers), 2 > 1, value, value - 1 FROM numbers",
            row => (row.GetInt64(0), row.GetBoolean(1), row.GetBoolean(2), row.GetBoolean(3)))));
    }

    [Fact]
    public async Task Sums_and_counts_are_numbers()
    {
        await using IDatabase database = await OpenAsync();
        await database.InsertAsync(3);
        await database.InsertAsync(4);
        Assert.Equal((7L, 2, 4L), await database.ReadAsync(session => session.QueryFirstAsync(
            "SELECT sum(value), count(*), max(value) FROM numbers", row => (row.GetInt64(0), row.GetInt32(1), row.GetInt64(2)))));
    }

    // What an address or a path from outside may hold. It is stored nowhere, so nothing is found by it; but that is no fault.
    [Theory]
    [InlineData("a\0b")]
    [InlineData("a\ud800b")]
    public async Task Text_that_can_not_be_stored_is_no_fault(string text)
    {
        await using IDatabase database = await OpenAsync();
        Assert.Null(await database.ReadAsync(session => session.QueryLongAsync("SELECT 1 FROM numbers WHERE @p0 = 'ab'", text)));
        Assert.Equal("a😀b", await database.ReadAsync(session => session.QueryFirstAsync("SELECT @p0", row => row.GetString(0), "a😀b")));
    }
}

public sealed class SqliteReadTests() : ReadTests(Engine.Sqlite)
{
    [Fact]
    public async Task Readers_do_not_wait_for_the_writer()
    {
        await using IDatabase database = await OpenAsync();
        using var gate = new ManualResetEventSlim();
        Task<int> holder = database.WriteAsync(async session =>
        {
            await session.ExecuteAsync("INSERT INTO numbers(value) VALUES(1)");
            gate.Wait(TimeSpan.FromSeconds(30));
            return 0;
        });
        Assert.Equal(0, await database.CountAsync());
        Assert.False(holder.IsCompleted);
        gate.Set();
        await holder;
        Assert.Equal(1, await database.CountAsync());
    }

    [Fact]
    public async Task More_queries_than_readers_all_get_their_turn()
    {
        await using IDatabase database = await TestDatabase.OpenAsync(
            new SqliteOptions { Path = Path.Combine(Home.Folder, "unifiedmsg.db"), MaxReaders = 2 });
        long[] counts = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(database.CountAsync)));
        Assert.All(counts, count => Assert.Equal(0, count));
    }
}

public sealed class PostgreSqlReadTests() : ReadTests(Engine.PostgreSql)
{
    [Fact]
    public async Task A_second_statement_without_a_transaction_is_refused()
    {
        await using IDatabase database = await OpenAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await database.ReadOneAsync(async session =>
            await session.QueryLongAsync("SELECT count(*) FROM numbers") + await session.QueryLongAsync("SELECT count(*) FROM numbers")));
    }
}
