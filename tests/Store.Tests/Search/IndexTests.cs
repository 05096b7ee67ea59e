using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Store.Search;
using UnifiedMsg.Store.Search.Postings;
using UnifiedMsg.TestKit;
using static UnifiedMsg.Store.Tests.Search.SearchedMail;

namespace UnifiedMsg.Store.Tests.Search;

public sealed class IndexTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("no database")]
    [InlineData("damaged pages")]
    [InlineData("another version")]
    [InlineData("another store")]
    [InlineData("missing")]
    public async Task A_lost_index_is_made_anew_and_searches_stay_exact_meanwhile(string damage)
    {
        await using TestStore test = await TestStore.OpenAsync();
        Folder inbox = await test.InboxAsync();
        for (int i = 1; i <= 60; i++)
            await test.AppendAsync(inbox, Message($"number{(char)('a' + (i % 26))} of text{i}", $"body{i} {new string('x', i)}"));
        test.StartSearch();
        await test.Store.Search.CatchUpAsync(Token);
        await test.RestartAsync();
        await DamageAsync(test, damage);
        Assert.Equal([7u], await FindAsync(test, inbox, "body7 "));
        test.StartSearch();
        Assert.Equal([8u], await FindAsync(test, inbox, "body8 "));
        do
            await test.Store.Search.CatchUpAsync(Token);
        while (test.Store.Search.Status.State != SearchState.Current);
        for (uint i = 1; i <= 60; i++)
            Assert.Equal([i], await FindAsync(test, inbox, $"BODY{i} "));
        // A search may meet damage that the indexer did not, and it is the one that has it made anew.
        do
            await test.Store.Search.CatchUpAsync(Token);
        while (test.Store.Search.Status.State != SearchState.Current);
        await test.RestartAsync();
        Assert.Equal(60, (await ReadIndexAsync(test)).Count);
    }

    [Fact]
    public async Task An_index_that_is_deleted_under_the_running_server_is_made_anew_with_one_warning()
    {
        var log = new LogRecorder(LogLevel.Warning);
        await using TestStore test = await TestStore.OpenAsync();
        test.Loggers = log;
        await test.RestartAsync();
        Folder inbox = await test.InboxAsync();
        await test.AppendManyAsync(inbox, 3);
        test.StartSearch();
        await test.Store.Search.CatchUpAsync(Token);
        File.Delete(test.SearchFile);
        await test.AppendAsync(inbox, Message("another", "body"));
        do
            await test.Store.Search.CatchUpAsync(Token);
        while (!File.Exists(test.SearchFile) || test.Store.Search.Status.State != SearchState.Current);
        LogEntry told = Assert.Single(log.Entries);
        Assert.Equal(($"The search index {test.SearchFile} is gone. It is made anew; until then searches read the messages", 6035), (told.Text, told.Id));
        Assert.Equal([4u], await FindAsync(test, inbox, "body"));
        await test.RestartAsync();
        Assert.Equal(4, (await ReadIndexAsync(test)).Count);
    }

    [Theory]
    [InlineData("no database", "not a database")]
    [InlineData("another version", "it is of another version")]
    public async Task An_index_that_is_put_aside_at_the_start_is_told(string damage, string reason)
    {
        var log = new LogRecorder(LogLevel.Warning);
        await using TestStore test = await TestStore.OpenAsync();
        test.Loggers = log;
        test.StartSearch();
        await test.Store.Search.CatchUpAsync(Token);
        await test.RestartAsync();
        await DamageAsync(test, damage);
        test.StartSearch();
        await test.Store.Search.CatchUpAsync(Token);
        LogEntry told = Assert.Single(log.Entries);
        Assert.Equal(6036, told.Id);
        Assert.Contains(reason, told.Text);
        Assert.True(File.Exists(test.SearchFile + ".old"));
    }

    // SQLite gives the id of the last row again once that row is gone.
    [Fact]
    public async Task A_content_with_the_id_of_one_that_is_gone_is_told_from_it()
    {
        await using TestStore test = await TestStore.OpenAsync();
        Folder inbox = await test.InboxAsync();
        await test.AppendAsync(inbox, Message("kept", "kept"));
        test.StartSearch();
        for (int round = 1; round <= 5; round++)
        {
            for (int i = 0; i < round; i++)
                await test.AppendAsync(inbox, Message($"round{round}", $"body{round} {i}"));
            IReadOnlyList<uint> found = await FindAsync(test, inbox, $"body{round}");
            Assert.Equal(round, found.Count);
            await test.Store.Search.CatchUpAsync(Token);
            Assert.Equal(found, await FindAsync(test, inbox, $"body{round}"));
            await RemoveAsync(test, inbox, [.. found]);
            Assert.Empty(await FindAsync(test, inbox, $"body{round}"));
        }
        Assert.Equal(1, await test.Database.ReadAsync(session => session.QueryLongAsync("SELECT max(id) FROM store_contents")));
        Assert.Equal([1u], await FindAsync(test, inbox, "kept"));
    }

    private static async Task<List<long>> ReadIndexAsync(TestStore test)
    {
        await using PostingsIndex index = PostingsIndex.Open(test.SearchFile);
        return [.. (await index.ReadMarksAsync(0, 1000, Token)).Select(mark => mark.ContentId)];
    }

    private static async Task DamageAsync(TestStore test, string damage)
    {
        switch (damage)
        {
            case "no database":
                await File.WriteAllTextAsync(test.SearchFile, new string('?', 50_000), Token);
                break;
            case "damaged pages":
                await using (FileStream file = File.OpenWrite(test.SearchFile))
                {
                    byte[] garbage = new byte[file.Length - 8192];
                    new Random(1).NextBytes(garbage);
                    file.Position = 8192;
                    await file.WriteAsync(garbage, Token);
                }
                break;
            case "another version":
                await using (var connection = new SqliteConnection($"Data Source={test.SearchFile};Pooling=False"))
                {
                    await connection.OpenAsync(Token);
                    await using SqliteCommand command = connection.CreateCommand();
                    command.CommandText = "PRAGMA user_version = 1";
                    await command.ExecuteNonQueryAsync(Token);
                }
                break;
            case "another store":
                await CopyFromAnotherAsync(test.SearchFile);
                break;
            default:
                File.Delete(test.SearchFile);
                break;
        }
    }

    private static async Task CopyFromAnotherAsync(string target)
    {
        await using TestStore other = await TestStore.OpenAsync();
        await other.AppendManyAsync(await other.InboxAsync(), 60);
        other.StartSearch();
        await other.Store.Search.CatchUpAsync(Token);
        await other.RestartAsync();
        File.Copy(other.SearchFile, target, overwrite: true);
    }
}
