using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Database.Tests;

public abstract class SchemaTests(Engine engine) : DatabaseContract(engine)
{
    [Fact]
    public async Task Data_of_a_newer_version_is_refused()
    {
        var newer = new MigrationSet("numbers", [.. TestDatabase.Numbers.Steps, new Migration(2, "newer", "CREATE TABLE more(a INTEGER)")]);
        await using (await OpenAsync(newer)) { }
        NewerSchemaException refusal = await Assert.ThrowsAsync<NewerSchemaException>(() => OpenAsync());
        Assert.Equal(("numbers", 2, 1), (refusal.Component, refusal.Found, refusal.Known));
        await using (await OpenAsync(newer)) { }
    }

    [Fact]
    public async Task Later_steps_run_on_the_data_of_earlier_ones()
    {
        await using (IDatabase first = await OpenAsync())
            await first.InsertAsync(41);
        var next = new MigrationSet("numbers",
            [.. TestDatabase.Numbers.Steps, new Migration(2, "add one", "ALTER TABLE numbers ADD COLUMN note TEXT; UPDATE numbers SET value = value + 1")]);
        await using IDatabase second = await OpenAsync(next);
        Assert.Equal(42, await second.ReadAsync(s => s.QueryLongAsync("SELECT value FROM numbers WHERE note IS NULL")));
    }

    [Fact]
    public async Task A_step_that_fails_leaves_no_half()
    {
        await using (await OpenAsync()) { }
        var broken = new MigrationSet("numbers",
            [.. TestDatabase.Numbers.Steps, new Migration(2, "breaks", "CREATE TABLE half(a INTEGER); INSERT INTO nowhere VALUES(1)")]);
        DatabaseException fault = await Assert.ThrowsAsync<DatabaseException>(() => OpenAsync(broken));
        Assert.Contains("Step 2 (breaks)", fault.Message);

        await using IDatabase database = await OpenAsync();
        // The table could not be made if it were there.
        await database.WriteAsync(session => session.ExecuteAsync("CREATE TABLE half(a BIGINT)"));
    }

    [Fact]
    public async Task Steps_must_count_without_gaps()
    {
        var gap = new MigrationSet("gap", [new Migration(2, "second without first", "SELECT 1")]);
        await Assert.ThrowsAsync<ArgumentException>(() => OpenAsync(gap));
    }

    [Fact]
    public async Task The_words_of_steps_mean_the_same()
    {
        var words = new MigrationSet("words", [new Migration(1, "every word", """
            CREATE TABLE words(
              id INTEGER PRIMARY KEY AUTOINCREMENT,
              large INTEGER NOT NULL,
              octets BLOB,
              number REAL,
              text TEXT NOT NULL DEFAULT 'INTEGER BLOB TEXT', -- REAL
              flags INTEGER NOT NULL DEFAULT 0);
            CREATE INDEX words_flagged ON words(id) WHERE (flags & 8) <> 0;
            CREATE TABLE names(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
            INSERT INTO names(name, value) SELECT 'a', 5;
            """)]);
        await using IDatabase database = await OpenAsync(words);
        long? first = await InsertAsync("b");
        long? second = await InsertAsync("B");
        await InsertAsync("ä");
        Assert.True(second > first);
        await database.WriteAsync(session => session.ExecuteAsync("DELETE FROM words WHERE id >= @p0", second));
        Assert.True(await InsertAsync("B") > second + 1);
        await InsertAsync("ä");
        Assert.Equal(
            ["B", "b", "ä"],
            await database.ReadAsync(session => session.QueryAsync("SELECT text FROM words ORDER BY text", row => row.GetString(0))));
        Assert.Equal(
            (long.MaxValue, 1.5, 3),
            await database.ReadAsync(session => session.QueryFirstAsync(
                "SELECT large, number, octets FROM words WHERE text = 'b'",
                row => (row.GetInt64(0), row.GetDouble(1), row.GetFieldValue<byte[]>(2).Length))));

        Task<long?> InsertAsync(string text) => database.WriteAsync(session => session.QueryLongAsync(
            "INSERT INTO words(large, octets, number, text) VALUES(@p0, x'00ff01', @p1, @p2) RETURNING id", long.MaxValue, 1.5, text));
    }

    [Fact]
    public async Task A_step_may_differ_on_PostgreSQL()
    {
        var differing = new MigrationSet("differing",
        [
            new Migration(1, "differs", "CREATE TABLE there(a INTEGER)") { OnPostgreSql = "CREATE TABLE here(a BIGINT)" },
            new Migration(2, "nothing there", "CREATE TABLE alone(a INTEGER)") { OnPostgreSql = "" },
        ]);
        await using IDatabase database = await OpenAsync(differing);
        string table = Home.Engine == Engine.Sqlite ? "there" : "here";
        Assert.Equal(0, await database.ReadAsync(session => session.QueryLongAsync($"SELECT count(*) FROM {table}")));
    }
}

public sealed class SqliteSchemaTests() : SchemaTests(Engine.Sqlite);

public sealed class PostgreSqlSchemaTests() : SchemaTests(Engine.PostgreSql)
{
    [Fact]
    public async Task Servers_that_start_at_once_take_each_step_once()
    {
        var steps = new MigrationSet("steps", [.. Enumerable.Range(1, 5).Select(
            n => new Migration(n, $"step {n}", n == 1 ? "CREATE TABLE steps(n INTEGER)" : $"INSERT INTO steps VALUES({n})"))]);
        IDatabase[] servers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => OpenAsync(steps))));
        Assert.Equal(4, await servers[0].ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM steps")));
        foreach (IDatabase server in servers)
            await server.DisposeAsync();
    }
}
