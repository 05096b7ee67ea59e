using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database.PostgreSql;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Database.Tests;

/// <summary>A PostgreSQL server that ends under us and comes again.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    private PostgreSqlCluster _cluster = null!;
    private string _connection = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await PostgreSqlCluster.StartAsync();
        _connection = await _cluster.CreateDatabaseAsync();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task What_was_acknowledged_under_load_is_there_after_crashes_and_nothing_twice()
    {
        const int Clients = 8;
        await using IDatabase database = await OpenAsync(TimeSpan.FromMinutes(1));
        var acknowledged = new ConcurrentDictionary<long, bool>();
        using var stop = new CancellationTokenSource();
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            for (long i = 0; !stop.IsCancellationRequested; i++)
            {
                long value = (client * 1_000_000L) + i;
                // Without a name that is taken: a unit that were run twice would leave two rows.
                if (client % 2 == 0)
                    await database.WriteAsync(session => session.ExecuteAsync("INSERT INTO log(value) VALUES(@p0)", value));
                else
                    await database.WriteTogetherAsync(1, session => session.ExecuteAsync("INSERT INTO log(value) VALUES(@p0)", value));
                acknowledged[value] = true;
            }
        }))];
        for (int crash = 0; crash < 3; crash++)
        {
            int before = acknowledged.Count;
            await WaitAsync(() => acknowledged.Count > before + 100);
            await _cluster.KillAsync();
            await _cluster.RestartAsync();
        }
        int after = acknowledged.Count;
        await WaitAsync(() => acknowledged.Count > after + 100);
        await stop.CancelAsync();
        await Task.WhenAll(clients).WaitAsync(Guard);

        List<long> stored = await database.ReadAsync(session => session.QueryAsync("SELECT value FROM log", row => row.GetInt64(0)));
        // Commits that a crash met are no excuse: it is found out whether they happened.
        Assert.Equal(acknowledged.Keys.Order(), stored.Order());
    }

    [Fact]
    public async Task Queries_go_on_after_a_restart_and_listeners_are_told_to_look()
    {
        await using IDatabase database = await OpenAsync(TimeSpan.FromMinutes(1));
        await using IDatabase other = await OpenAsync(TimeSpan.FromMinutes(1));
        var notices = Channel.CreateUnbounded<string?>();
        using IDisposable listener = database.Listen("a", notice => notices.Writer.WriteAsync(notice));
        Assert.Equal(0, await CountAsync(database));
        await _cluster.KillAsync();
        Task<long?> waiting = CountAsync(database).AsTask();
        await _cluster.RestartAsync();
        Assert.Equal(0, await waiting.WaitAsync(Guard));
        Assert.Null(await notices.Reader.ReadAsync().AsTask().WaitAsync(Guard));
        await other.WriteAsync(session =>
        {
            session.Notify("a", "again");
            return ValueTask.FromResult(0);
        });
        Assert.Equal("again", await notices.Reader.ReadAsync().AsTask().WaitAsync(Guard));
    }

    [Fact]
    public async Task A_server_that_stays_away_is_said_plainly()
    {
        await using IDatabase database = await OpenAsync(TimeSpan.Zero);
        await _cluster.KillAsync();
        DatabaseException write = await Assert.ThrowsAsync<DatabaseException>(() => database.WriteAsync(session => session.QueryLongAsync("SELECT 1")));
        Assert.Contains("can't be reached", write.Message);
        await Assert.ThrowsAsync<DatabaseException>(async () => await CountAsync(database));
        DatabaseException open = await Assert.ThrowsAsync<DatabaseException>(() => OpenAsync(TimeSpan.Zero));
        Assert.Contains("can't be reached", open.Message);
    }

    [Fact]
    public async Task A_server_that_takes_no_writes_for_a_while_is_waited_for()
    {
        await using IDatabase database = await OpenAsync(TimeSpan.FromMinutes(2));
        await SetReadOnlyAsync("on");
        var again = new TaskCompletionSource();
        Task<int> writing;
        int written = 0;
        // A connection hears of the setting a moment later; once it does, the unit is run again.
        while (true)
        {
            int runs = 0;
            writing = database.WriteAsync(session =>
            {
                if (++runs == 2)
                    again.TrySetResult();
                return session.ExecuteAsync("INSERT INTO log(value) VALUES(1)");
            });
            written++;
            await Task.WhenAny(writing, again.Task).WaitAsync(Guard);
            if (again.Task.IsCompleted)
                break;
            await writing;
        }
        await SetReadOnlyAsync("off");
        Assert.Equal(1, await writing.WaitAsync(Guard));
        Assert.Equal(written, await CountAsync(database));
    }

    [Fact]
    public async Task A_server_that_takes_no_writes_any_more_is_an_outage()
    {
        await using IDatabase database = await OpenAsync(TimeSpan.Zero);
        await SetReadOnlyAsync("on");
        using var guard = new CancellationTokenSource(Guard);
        DatabaseException? outage = null;
        while (outage is null)
        {
            guard.Token.ThrowIfCancellationRequested();
            try
            {
                await database.WriteAsync(session => session.ExecuteAsync("INSERT INTO log(value) VALUES(1)"));
            }
            catch (DatabaseException fault)
            {
                outage = fault;
            }
        }
        Assert.Contains("can't be reached", outage.Message);
    }

    [Fact]
    public async Task A_server_that_would_lose_mail_is_refused()
    {
        await _cluster.RunAsync("ALTER SYSTEM SET fsync = off");
        await _cluster.KillAsync();
        await _cluster.RestartAsync();
        DatabaseException refusal = await Assert.ThrowsAsync<DatabaseException>(() => OpenAsync(TimeSpan.Zero));
        Assert.Contains("fsync", refusal.Message);
    }

    [Fact]
    public async Task Our_commits_are_synced_where_those_of_others_are_not()
    {
        await _cluster.RunAsync("ALTER SYSTEM SET synchronous_commit = off");
        await _cluster.KillAsync();
        await _cluster.RestartAsync();
        await using IDatabase database = await OpenAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await database.WriteAsync(session => session.QueryLongAsync("SELECT current_setting('synchronous_commit') = 'on'")));
    }

    [Fact]
    public async Task A_wrong_password_is_said_without_it()
    {
        await _cluster.RunAsync("CREATE ROLE guarded LOGIN PASSWORD 'right'");
        string guarded = new Npgsql.NpgsqlConnectionStringBuilder(_connection) { Username = "guarded", Password = "wrong-secret" }.ConnectionString;
        DatabaseException refusal = await Assert.ThrowsAsync<DatabaseException>(() => OpenAsync(TimeSpan.Zero, guarded));
        Assert.Contains("the password of 'guarded' is wrong", refusal.Message);
        Assert.DoesNotContain("wrong-secret", refusal.ToString());
        DatabaseException rights = await Assert.ThrowsAsync<DatabaseException>(() => OpenAsync(TimeSpan.Zero, guarded.Replace("wrong-secret", "right")));
        Assert.Contains("owner of the database", rights.Message);
    }

    [Theory]
    [InlineData("Database=nowhere", "no database 'nowhere'")]
    [InlineData("Username=nobody", "nobody")]
    [InlineData("Port=1", "can't be reached")]
    public async Task What_is_wrong_with_a_connection_is_said(string change, string expected)
    {
        DatabaseException refusal = await Assert.ThrowsAsync<DatabaseException>(() => OpenAsync(TimeSpan.Zero, $"{_connection};{change}"));
        Assert.Contains(expected, refusal.Message);
    }

    [Theory]
    [InlineData("Host")]
    [InlineData("Host=x;Password=secret;Nonsense=1;Database=y")]
    [InlineData("Host=x;Database=y;Port=secret")]
    [InlineData("Host=x")]
    public async Task What_is_no_connection_is_said_without_its_values(string connection)
    {
        DatabaseException refusal = await Assert.ThrowsAsync<DatabaseException>(() => OpenAsync(TimeSpan.Zero, connection));
        Assert.Contains("Database=…", refusal.Message);
        Assert.DoesNotContain("secret", refusal.ToString());
    }

    private static readonly MigrationSet LogTable = new("log", [new Migration(1, "make the table", "CREATE TABLE log(value INTEGER NOT NULL)")]);

    private async Task<IDatabase> OpenAsync(TimeSpan maxOutage, string? connection = null) => await PostgreSqlDatabase.OpenAsync(
        new PostgreSqlOptions { Connection = connection ?? _connection, MaxOutage = maxOutage }, [LogTable], NullLoggerFactory.Instance, TimeProvider.System);

    // What a server says that has become a standby.
    private async Task SetReadOnlyAsync(string value)
    {
        await _cluster.RunAsync($"ALTER SYSTEM SET default_transaction_read_only = {value}");
        await _cluster.RunAsync("SELECT pg_reload_conf()");
    }

    private static ValueTask<long?> CountAsync(IDatabase database) => database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM log"));

    private static async Task WaitAsync(Func<bool> reached)
    {
        using var guard = new CancellationTokenSource(Guard);
        while (!reached())
        {
            guard.Token.ThrowIfCancellationRequested();
            await Task.Delay(5, guard.Token);
        }
    }
}
