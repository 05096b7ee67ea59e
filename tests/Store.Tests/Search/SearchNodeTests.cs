using System.Text;
using UnifiedMsg.Store.Search;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests.Search;

/// <summary>Two servers on one PostgreSQL database: one writes the index, both search in it.</summary>
public sealed class SearchNodeTests : IAsyncLifetime
{
    private TestStore _first = null!;
    private TestStore _second = null!;
    private Folder _inbox = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _first = await TestStore.OpenAsync(engine: Engine.PostgreSql);
        _second = await _first.OpenAnotherAsync();
        _inbox = await _first.InboxAsync();
        _first.StartSearch();
        await CatchUpAsync(_first);
        _second.StartSearch();
    }

    public async ValueTask DisposeAsync()
    {
        await _second.DisposeAsync();
        await _first.DisposeAsync();
    }

    [Fact]
    public async Task Either_finds_what_either_took()
    {
        for (int i = 1; i <= 10; i++)
            await AppendAsync(i % 2 == 0 ? _first : _second, i);
        await CheckAsync(10);
        await CatchUpAsync(_first);
        await CatchUpAsync(_second);
        Assert.Equal(10, await CountAsync());
        await CheckAsync(10);
    }

    [Fact]
    public async Task When_the_one_that_writes_stops_the_other_goes_on()
    {
        await AppendAsync(_first, 1);
        await CatchUpAsync(_first);
        await _first.Store.Search.DisposeAsync();
        await AppendAsync(_first, 2);
        await CatchUpAsync(_second);
        Assert.Equal(2, await CountAsync());
        await CheckAsync(2);
    }

    [Fact]
    public async Task When_the_connection_of_the_one_that_writes_is_cut_one_of_them_goes_on()
    {
        await AppendAsync(_first, 1);
        await CatchUpAsync(_first);
        await _second.Database.WriteAsync(session => session.QueryLongAsync(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND granted "
            + "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()"));
        await AppendAsync(_second, 2);
        while (await CountAsync() < 2)
            await Task.WhenAll(_first.Store.Search.CatchUpAsync(Token), _second.Store.Search.CatchUpAsync(Token));
        await CheckAsync(2);
    }

    [Fact]
    public async Task Two_that_both_think_that_they_write_do_no_harm()
    {
        // What the second writes goes past the lock.
        for (int i = 1; i <= 20; i++)
            await AppendAsync(_first, i);
        var index = new Store.Search.PostgreSql.PostgreSqlIndex(
            new Database.PostgreSql.SideTables((Database.PostgreSql.PostgreSqlDatabase)_second.Database, "of the test"), Store.Search.PostgreSql.IndexTables.FullVersion(0));
        List<IndexMark> marks = await _second.Database.ReadAsync(session => session.QueryAsync(
            "SELECT id, hash_key FROM store_contents ORDER BY id", row => new IndexMark(row.GetInt64(0), row.GetInt64(1))));
        await Task.WhenAll(
            CatchUpAsync(_first),
            index.AddAsync([.. marks.Select((mark, i) => new IndexedText(mark, Text(i + 1)))], Token));
        Assert.Equal(20, await CountAsync());
        await CheckAsync(20);
    }

    private static Store.Search.Texts.SearchableText Text(int number)
    {
        var text = new Store.Search.Texts.SearchableText();
        text.Fields.Add(new Store.Search.Texts.FoldedField("subject", $"number{number}"));
        text.Bodies.Add($"body{number} of all");
        return text;
    }

    private Task<Item> AppendAsync(TestStore node, int number) => node.AppendAsync(
        _inbox, Encoding.ASCII.GetBytes($"Subject: number{number}\r\n\r\nbody{number} of all"));

    private async Task CheckAsync(int count)
    {
        foreach (TestStore node in (TestStore[])[_first, _second])
        {
            for (uint i = 1; i <= count; i++)
                Assert.Equal([i], await node.Store.SearchAsync(_inbox.Id, new TextQuery(SearchField.Body, $"body{i} ")));
            Assert.Equal(count, (await node.Store.SearchAsync(_inbox.Id, new TextQuery(SearchField.Body, "all", SearchMatch.Words))).Count);
        }
    }

    private async Task<long> CountAsync() =>
        await _first.Database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM search_docs"), Token) ?? -1;

    private static async Task CatchUpAsync(TestStore node)
    {
        do
            await node.Store.Search.CatchUpAsync(Token);
        while (node.Store.Search.Status is not { State: SearchState.Current, Behind: 0 });
    }
}
