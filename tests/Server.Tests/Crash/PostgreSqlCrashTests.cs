using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Sip;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Server.Tests.Crash;

/// <summary>The same on PostgreSQL: the server is killed, or the database under it.</summary>
public sealed class PostgreSqlCrashTests : IAsyncLifetime
{
    private PostgreSqlCluster _cluster = null!;
    private string _connection = null!;

    public PostgreSqlCrashTests() => TestContext.Current.TestOutputHelper?.WriteLine($"UNIFIEDMSG_TEST_SEED={LoadRounds.Seed}");

    public async ValueTask InitializeAsync()
    {
        _cluster = await PostgreSqlCluster.StartAsync();
        _connection = await _cluster.CreateDatabaseAsync();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Kills_of_the_server_on_PostgreSql_lose_nothing_that_was_acknowledged_and_double_nothing()
    {
        await using var server = await CreateAsync();
        await new LoadRounds(server, new Random(LoadRounds.Seed), _cluster).KillServerAsync(LoadRounds.Count(3), () => _cluster.WaitUntilUnusedAsync(_connection));
    }

    [Fact]
    public async Task Kills_of_PostgreSql_under_the_server_lose_nothing_that_was_acknowledged_and_double_nothing()
    {
        await using var server = await CreateAsync();
        await new LoadRounds(server, new Random(LoadRounds.Seed), _cluster).KillDatabaseAsync(LoadRounds.Count(3));
    }

    [Fact]
    public async Task Kills_of_PostgreSql_that_is_back_in_time_are_noticed_by_nobody()
    {
        await using var server = await CreateAsync(TimeSpan.FromMinutes(1));
        await new LoadRounds(server, new Random(LoadRounds.Seed), _cluster).KillDatabaseBrieflyAsync(LoadRounds.Count(3));
    }

    private Task<KilledServer> CreateAsync() => CreateAsync(TimeSpan.FromSeconds(1));

    private async Task<KilledServer> CreateAsync(TimeSpan maxOutage)
    {
        var server = await KilledServer.CreateAsync(SipTransportKind.Udp, options => options with
        {
            Database = new DatabaseSection { Engine = DatabaseEngine.Postgresql, Connection = _connection, MaxOutage = maxOutage },
        });
        await server.StartAsync();
        return server;
    }
}
