using UnifiedMsg.Database.PostgreSql;
using UnifiedMsg.Store.Search;
using UnifiedMsg.Store.Search.PostgreSql;
using UnifiedMsg.Store.Search.Texts;
using UnifiedMsg.TestEngines;
using static UnifiedMsg.Store.Tests.Search.SearchedMail;

namespace UnifiedMsg.Store.Tests.Search;

/// <summary>What is PostgreSQL's alone: tables that get lost, transactions that commit in any order, damaged pages.</summary>
public sealed class PostgreSqlIndexTests
{
    private const int Messages = 60;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("DROP TABLE search_docs")]
    [InlineData("DROP TABLE search_state")]
    [InlineData("DROP TABLE search_state, search_docs, search_words, search_extracts")]
    [InlineData("ALTER TABLE search_words DROP COLUMN grams")]
    [InlineData("DELETE FROM search_state")]
    [InlineData("UPDATE search_state SET version = 1")]
    [InlineData("DELETE FROM search_docs WHERE content_id = 7")]
    [InlineData("UPDATE search_docs SET hash_key = hash_key + 1")]
    public async Task A_lost_index_is_made_anew_and_searches_stay_exact_meanwhile(string damage)
    {
        await using TestStore test = await TestStore.OpenAsync(engine: Engine.PostgreSql);
        Folder inbox = await FillAsync(test);
        test.StartSearch();
        await CatchUpAsync(test);
        await test.RestartAsync();
        await ExecuteAsync(test, damage);
        Assert.Equal([7u], await FindAsync(test, inbox, "body7 "));
        test.StartSearch();
        await CatchUpAsync(test);
        for (uint i = 1; i <= Messages; i++)
            Assert.Equal([i], await FindAsync(test, inbox, $"BODY{i} "));
        // What is wrong may have been found by these searches only.
        await CatchUpAsync(test);
        Assert.Equal(Messages, await CountAsync(test, "search_docs"));
    }

    [Theory]
    [InlineData("DROP TABLE search_docs")]
    [InlineData("DROP TABLE search_words")]
    [InlineData("DROP TABLE search_state, search_docs, search_words, search_extracts")]
    [InlineData("UPDATE search_state SET version = 0")]
    public async Task An_index_that_is_lost_under_the_running_server_is_made_anew(string damage)
    {
        await using TestStore test = await TestStore.OpenAsync(engine: Engine.PostgreSql);
        Folder inbox = await FillAsync(test);
        test.StartSearch();
        await CatchUpAsync(test);
        await ExecuteAsync(test, damage);
        for (uint i = 1; i <= Messages; i++)
            Assert.Equal([i], await FindAsync(test, inbox, $"BODY{i} "));
        await test.AppendAsync(inbox, Message("another", "body61 "));
        await CatchUpAsync(test);
        Assert.Equal(Messages + 1, await CountAsync(test, "search_docs"));
        Assert.Equal([61u], await FindAsync(test, inbox, "body61 "));
    }

    [Fact]
    public async Task Damaged_pages_are_found_and_the_index_is_made_anew()
    {
        await using PostgreSqlCluster cluster = await PostgreSqlCluster.StartAsync();
        await using DatabaseHome home = await DatabaseHome.CreateAsync(Engine.PostgreSql, cluster: cluster);
        await using TestStore test = await TestStore.OpenAsync(home, ownsHome: false);
        Folder inbox = await FillAsync(test);
        test.StartSearch();
        await CatchUpAsync(test);
        string[] files = [await FileOfAsync(test, home, "search_docs_numbers"), await FileOfAsync(test, home, "search_docs")];
        await test.Store.Search.DisposeAsync();
        await ExecuteAsync(test, "CHECKPOINT");
        await cluster.KillAsync();
        foreach (string file in files)
        {
            byte[] garbage = new byte[new FileInfo(file).Length];
            new Random(1).NextBytes(garbage);
            await File.WriteAllBytesAsync(file, garbage, Token);
        }
        await cluster.RestartAsync();
        await test.RestartAsync();
        test.StartSearch();
        await CatchUpAsync(test);
        for (uint i = 1; i <= Messages; i++)
            Assert.Equal([i], await FindAsync(test, inbox, $"BODY{i} "));
        Assert.Equal(Messages, await CountAsync(test, "search_docs"));
    }

    // An id is taken before the transaction commits: a higher one may be there, and in the index, first.
    [Fact]
    public async Task A_content_that_commits_behind_a_higher_one_is_found_at_once()
    {
        TestStore test = await TestStore.OpenAsync(engine: Engine.PostgreSql);
        Folder first = await test.InboxAsync(1);
        Folder second = await test.InboxAsync(2);
        await test.AppendAsync(first, Message("slow", "needle"));
        test.StartSearch();
        await CatchUpAsync(test);
        var began = new TaskCompletionSource();
        var mayCommit = new TaskCompletionSource();
        Task slow = test.Database.WriteAsync(async session =>
        {
            long? id = await session.QueryLongAsync(
                "INSERT INTO store_contents(hash_key, hash, size, place, refs, summary, form, key_number) "
                + "SELECT hash_key, hash, size, place, refs, summary, form, key_number FROM store_contents WHERE id = 1 RETURNING id");
            await session.ExecuteAsync("INSERT INTO store_bodies(content_id, octets) SELECT @p0, octets FROM store_bodies WHERE content_id = 1", id);
            await session.ExecuteAsync("UPDATE store_items SET content_id = @p0 WHERE content_id = 1", id);
            began.TrySetResult();
            await mayCommit.Task;
            return 0;
        });
        await began.Task;
        await test.AppendAsync(second, Message("quick", "needle"));
        await test.Store.Search.CatchUpAsync(Token);
        Assert.Equal(2, await CountAsync(test, "search_docs"));
        // It is in the index and not trusted: one with a lower id may still come.
        Assert.NotEqual(0, test.Store.Search.Status.Behind);
        Assert.Equal([1u], await FindAsync(test, second, "needle"));
        mayCommit.SetResult();
        await slow;
        Assert.Equal([1u], await FindAsync(test, first, "needle"));
        await CatchUpAsync(test);
        Assert.Equal(3, await CountAsync(test, "search_docs"));
        Assert.Equal([1u], await FindAsync(test, first, "needle"));
        await test.AbandonAsync(); // Two contents are the same, which a check would tell.
    }

    [Fact]
    public async Task What_the_index_says_is_between_what_is_certain_and_what_is_possible()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: Engine.PostgreSql);
        Folder inbox = await test.InboxAsync();
        var generator = new MailGenerator(11);
        var mails = new List<GeneratedMail>();
        for (int i = 0; i < Messages; i++)
        {
            mails.Add(generator.Next());
            await test.AppendAsync(inbox, mails[^1].Octets);
        }
        long[] contents = [.. (await test.Database.ReadAsync(session => session.QueryAsync("SELECT id FROM store_contents ORDER BY id", row => row.GetInt64(0))))];
        test.StartSearch();
        await CatchUpAsync(test);
        int certain = 0, excluded = 0;
        for (int i = 0; i < 300; i++)
        {
            string text = generator.Needle(mails[generator.Below(mails.Count)]);
            SearchField field = generator.Field();
            var needle = new Needle(field == SearchField.Header ? new TextQuery(field, text) { HeaderName = "X-Topic" } : new TextQuery(field, text));
            IndexAnswers answers = (await test.Store.Search.LookUpAsync([needle], Messages, Token))!;
            Assert.True(await test.Database.ReadAsync(answers.Trust.FindAsync, Token) >= contents[^1]);
            IndexAnswer answer = Assert.Single(answers.Answers);
            for (int mail = 0; mail < mails.Count; mail++)
            {
                bool has = mails[mail].Has(field, text);
                Assert.False(answer.Certain.Contains(contents[mail]) && !has, $"{field} '{text}' is not in {mail}");
                Assert.False(!answer.Possible.Contains(contents[mail]) && has, $"{field} '{text}' is in {mail}");
                certain += answer.Certain.Contains(contents[mail]) ? 1 : 0;
                excluded += answer.Possible.Contains(contents[mail]) ? 0 : 1;
            }
        }
        // It would also be right to know nothing.
        Assert.InRange(certain, 500, int.MaxValue);
        Assert.InRange(excluded, 5000, int.MaxValue);
    }

    // Which is right either way: having the pair of two runs proves nothing, and one that is not known is not asked for.
    [Theory]
    [InlineData("alpha beta", SearchMatch.Substring, new[] { 1L, 2L, 4L })]
    [InlineData("pha, bet", SearchMatch.Substring, new[] { 1L, 2L, 4L })]
    [InlineData("ALPHA BETA", SearchMatch.Words, new[] { 1L, 2L, 4L })]
    [InlineData("alpha bet", SearchMatch.Prefix, new[] { 1L, 2L, 4L })]
    [InlineData("a beta", SearchMatch.Words, new long[0])]
    [InlineData("a beta", SearchMatch.Substring, new[] { 1L, 2L, 3L, 4L, 5L })]
    [InlineData("alpha b", SearchMatch.Substring, new[] { 1L, 2L, 3L, 4L, 5L })]
    [InlineData("alpha beta alpha", SearchMatch.Substring, new[] { 2L })]
    [InlineData("世界", SearchMatch.Substring, new[] { 6L })]
    public async Task Of_several_runs_in_a_row_those_are_possible_that_have_them_side_by_side(string text, SearchMatch match, long[] possible)
    {
        await using TestStore test = await TestStore.OpenAsync(engine: Engine.PostgreSql);
        Folder inbox = await test.InboxAsync();
        string[] bodies = ["alpha beta", "alpha-beta (alpha)", "beta alpha", "alpha betas", "alpha or beta", "世界", "界世"];
        foreach (string body in bodies)
            await test.AppendAsync(inbox, Message("none", body));
        test.StartSearch();
        await CatchUpAsync(test);
        IndexAnswers answers = (await test.Store.Search.LookUpAsync([new Needle(new TextQuery(SearchField.Body, text, match))], Messages, Token))!;
        Assert.Equal(possible, Assert.Single(answers.Answers).Possible.Listed);
    }

    [Fact]
    public async Task One_character_is_certain_of_what_has_it_in_a_word_and_possible_of_all()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: Engine.PostgreSql);
        Folder inbox = await test.InboxAsync();
        await test.AppendAsync(inbox, Message("first", "quiz"));
        await test.AppendAsync(inbox, Message("second", "code77q77x1"));
        await test.AppendAsync(inbox, Message("third", "nothing"));
        test.StartSearch();
        await CatchUpAsync(test);
        IndexAnswers answers = (await test.Store.Search.LookUpAsync([new Needle(new TextQuery(SearchField.Body, "Q"))], Messages, Token))!;
        IndexAnswer answer = Assert.Single(answers.Answers);
        Assert.Equal([true, false, false], new[] { 1L, 2L, 3L }.Select(answer.Certain.Contains));
        Assert.All([1L, 2L, 3L], content => Assert.True(answer.Possible.Contains(content)));
        Assert.Equal([1u, 2u], await test.Store.SearchAsync(inbox.Id, new TextQuery(SearchField.Body, "Q")));
    }

    [Fact]
    public async Task The_index_of_another_version_is_left_alone_for_as_long_as_its_server_is_there()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: Engine.PostgreSql);
        Folder inbox = await FillAsync(test);
        var other = new PostgreSqlHome((PostgreSqlDatabase)test.Database, variant: 1, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        Assert.True(await other.WritesAsync(Token));
        test.StartSearch();
        await test.Store.Search.CatchUpAsync(Token);
        SearchStatus status = test.Store.Search.Status;
        Assert.Equal(SearchState.Failed, status.State);
        Assert.InRange(status.Behind, Messages, int.MaxValue);
        Assert.Equal([7u], await FindAsync(test, inbox, "body7 "));
        Assert.Equal(IndexTables.FullVersion(1), await VersionAsync(test));
        await other.DisposeAsync();
        await CatchUpAsync(test);
        Assert.Equal(IndexTables.FullVersion(0), await VersionAsync(test));
        Assert.Equal([7u], await FindAsync(test, inbox, "body7 "));
    }

    private static ValueTask<long?> VersionAsync(TestStore test) =>
        test.Database.ReadAsync(session => session.QueryLongAsync("SELECT version FROM search_state"), Token);

    private static async Task<Folder> FillAsync(TestStore test)
    {
        Folder inbox = await test.InboxAsync();
        for (int i = 1; i <= Messages; i++)
            await test.AppendAsync(inbox, Message($"number{(char)('a' + (i % 26))} of text{i}", $"body{i} {new string('x', i)}"));
        return inbox;
    }

    private static async Task CatchUpAsync(TestStore test)
    {
        do
            await test.Store.Search.CatchUpAsync(Token);
        while (test.Store.Search.Status is not { State: SearchState.Current, Behind: 0 });
    }

    private static Task ExecuteAsync(TestStore test, string sql) => test.Database.WriteAsync(session => session.ExecuteAsync(sql), Token);

    private static async Task<long> CountAsync(TestStore test, string table) =>
        await test.Database.ReadAsync(session => session.QueryLongAsync($"SELECT count(*) FROM {table}"), Token) ?? -1;

    private static async Task<string> FileOfAsync(TestStore test, DatabaseHome home, string relation)
    {
        string folder = new Npgsql.NpgsqlConnectionStringBuilder(home.Connection).Host!;
        string path = (await test.Database.ReadAsync(
            session => session.QueryFirstAsync("SELECT pg_relation_filepath(@p0::regclass)", row => row.GetString(0), relation), Token))!;
        return Path.Combine(folder, "data", path);
    }
}
