using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database.PostgreSql;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Database.Tests;

/// <summary>Connections that break exactly around a commit. Nothing here has a name that is taken: what is stored twice is there twice.</summary>
public abstract class CommitCutContract : IAsyncLifetime
{
    protected const string Insert = "INSERT INTO log(value) VALUES(@p0)";
    protected const string Words = "INSERT INTO log";

    protected static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    protected static readonly MigrationSet LogTable = new("log",
    [
        new Migration(1, "make the table", "CREATE TABLE log(value INTEGER NOT NULL)"),
    ]);

    /// <summary>The server, which a class that kills it has for itself.</summary>
    protected PostgreSqlCluster Cluster { get; private set; } = null!;

    /// <summary>How the database is reached where nothing is cut.</summary>
    protected string Connection { get; private set; } = null!;

    protected CommitCutter Cutter { get; private set; } = null!;

    /// <summary>Behind the cutter.</summary>
    protected IDatabase Database { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Cluster = await StartAsync();
        Connection = await Cluster.CreateDatabaseAsync();
        Cutter = new CommitCutter(Connection);
        Database = await OpenAsync(Cutter.Connection, TimeSpan.FromMinutes(1));
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Cutter.Open();
        await Database.DisposeAsync();
        await Cutter.DisposeAsync();
        await EndAsync();
    }

    protected abstract Task<PostgreSqlCluster> StartAsync();

    protected abstract ValueTask EndAsync();

    protected static async ValueTask<int> StoreAsync(IWriteSession session, int value)
    {
        await session.ExecuteAsync(Insert, value);
        return value;
    }

    protected static async Task<IDatabase> OpenAsync(string connection, TimeSpan maxOutage) => await PostgreSqlDatabase.OpenAsync(
        new PostgreSqlOptions { Connection = connection, MaxOutage = maxOutage }, [LogTable], NullLoggerFactory.Instance, TimeProvider.System);

    protected async Task<List<long>> StoredAsync() =>
        await Database.ReadAsync(session => session.QueryAsync("SELECT value FROM log ORDER BY value", row => row.GetInt64(0)));
}
