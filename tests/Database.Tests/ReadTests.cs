using UnifiedMsg.Database.Sqlite;

namespace UnifiedMsg.Database.Tests;

public sealed class ReadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_query_sees_one_snapshot_while_others_write()
    {
        await using SqliteDatabase database = await TestDatabase.OpenAsync(_folder);
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
    public async Task Readers_do_not_wait_for_the_writer()
    {
        await using SqliteDatabase database = await TestDatabase.OpenAsync(_folder);
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
    public async Task A_reader_can_not_write()
    {
        await using SqliteDatabase database = await TestDatabase.OpenAsync(_folder);
        await Assert.ThrowsAsync<Microsoft.Data.Sqlite.SqliteException>(
            async () => await database.ReadAsync(s => s.QueryLongAsync("INSERT INTO numbers(value) VALUES(1) RETURNING id")));
        Assert.Equal(0, await database.CountAsync());
    }

    [Fact]
    public async Task More_queries_than_readers_all_get_their_turn()
    {
        await using SqliteDatabase database = await TestDatabase.OpenAsync(
            new SqliteOptions { Path = _folder.File("unifiedmsg.db"), MaxReaders = 2 });
        long[] counts = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(database.CountAsync)));
        Assert.All(counts, count => Assert.Equal(0, count));
    }

    [Fact]
    public async Task Every_kind_of_argument_comes_back()
    {
        await using SqliteDatabase database = await TestDatabase.OpenAsync(_folder);
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
        await using SqliteDatabase database = await TestDatabase.OpenAsync(_folder);
        Assert.Equal(1, await database.ReadAsync(s => s.QueryLongAsync("SELECT @p0 IS NOT NULL", Array.Empty<byte>())));
    }

    [Fact]
    public async Task A_wrong_number_of_arguments_is_refused()
    {
        await using SqliteDatabase database = await TestDatabase.OpenAsync(_folder);
        await Assert.ThrowsAsync<ArgumentException>(async () => await database.ReadAsync(s => s.QueryLongAsync("SELECT @p0, @p1", 1)));
    }
}
