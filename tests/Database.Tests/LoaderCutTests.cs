using UnifiedMsg.Database.Backup;
using UnifiedMsg.Database.PostgreSql;
using UnifiedMsg.Database.PostgreSql.Mirroring;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Database.Tests;

/// <summary>What a restore says whose connection breaks around its one commit.</summary>
public sealed class LoaderCutTests : IAsyncLifetime
{
    private const int Rows = 2500;

    // The last statement before the commit.
    private const string Words = "ANALYZE";

    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    private static readonly MigrationSet[] Schemas = [new("log", [new Migration(1, "make the table", "CREATE TABLE log(value INTEGER PRIMARY KEY)")])];

    private readonly TemporaryFolder _folder = new();
    private PostgreSqlCluster _cluster = null!;
    private string _connection = null!;
    private CommitCutter _cutter = null!;
    private IDatabase _source = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await PostgreSqlCluster.SharedAsync();
        _connection = await _cluster.CreateDatabaseAsync();
        _cutter = new CommitCutter(_connection);
        _source = await TestDatabase.OpenAsync(_folder, Schemas);
        await _source.WriteAsync(async session =>
        {
            for (int i = 0; i < Rows; i++)
                await session.PostAsync("INSERT INTO log(value) VALUES(@p0)", i);
            return 0;
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _cutter.DisposeAsync();
        await _cluster.DropDatabaseAsync(_connection);
        _folder.Dispose();
    }

    [Fact]
    public async Task One_that_happened_is_told_to_have_happened()
    {
        Task cut = _cutter.CutAsync(CommitCut.Answer, Words);
        await Loader(TimeSpan.FromMinutes(1)).LoadAsync(_source).WaitAsync(Guard);
        await cut;
        await AssertRestoredAsync();
    }

    [Fact]
    public async Task One_that_did_not_happen_is_told_to_have_changed_nothing()
    {
        Task cut = _cutter.CutAsync(CommitCut.Request, Words);
        DatabaseLoader loader = Loader(TimeSpan.FromMinutes(1));
        DatabaseException told = await Assert.ThrowsAsync<DatabaseException>(() => loader.LoadAsync(_source)).WaitAsync(Guard);
        await cut;
        Assert.Contains("nothing was changed", told.Message);
        await loader.RequireEmptyAsync();
        await loader.LoadAsync(_source);
        await AssertRestoredAsync();
    }

    [Fact]
    public async Task One_that_was_under_way_is_waited_for()
    {
        Task cut = _cutter.CutAsync(CommitCut.Underway, Words);
        DatabaseLoader loader = Loader(TimeSpan.FromMinutes(1));
        Exception? told = await Record.ExceptionAsync(() => loader.LoadAsync(_source).WaitAsync(Guard));
        await cut;
        // The server may have seen first that nobody is there any more. Whatever it was, it is said.
        if (told is not null)
        {
            Assert.Contains("nothing was changed", Assert.IsType<DatabaseException>(told).Message);
            await loader.LoadAsync(_source);
        }
        await AssertRestoredAsync();
    }

    [Theory, InlineData(CommitCut.Answer), InlineData(CommitCut.Request)]
    public async Task One_of_which_nobody_tells_is_told_to_be_open_and_how_it_is_seen(CommitCut where)
    {
        Task cut = _cutter.CutAsync(where, Words, shut: true);
        DatabaseLoader loader = Loader(TimeSpan.FromMilliseconds(50));
        DatabaseException told = await Assert.ThrowsAsync<DatabaseException>(() => loader.LoadAsync(_source)).WaitAsync(Guard);
        await cut;
        Assert.Contains("Restore again before a server starts", told.Message);
        Assert.DoesNotContain("nothing was changed", told.Message);
        _cutter.Open();
        await _cluster.WaitUntilUnusedAsync(_connection);
        if (where == CommitCut.Answer)
            Assert.Contains("not empty", (await Assert.ThrowsAsync<BackupException>(() => loader.LoadAsync(_source))).Message);
        else
            await loader.LoadAsync(_source);
        await AssertRestoredAsync();
    }

    private DatabaseLoader Loader(TimeSpan maxOutage) => new(new PostgreSqlOptions { Connection = _cutter.Connection, MaxOutage = maxOutage }, Schemas);

    private async Task AssertRestoredAsync()
    {
        var options = new PostgreSqlOptions { Connection = _connection };
        await using IDatabase database = await PostgreSqlDatabase.OpenAsync(
            options, Schemas, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, TimeProvider.System);
        Assert.Equal(Rows, await database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM log")));
    }
}
