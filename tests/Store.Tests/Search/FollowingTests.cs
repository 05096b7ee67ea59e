using System.Collections.Concurrent;
using System.Text;
using UnifiedMsg.Store.Search;
using UnifiedMsg.Store.Search.Postings;
using UnifiedMsg.TestEngines;
using static UnifiedMsg.Store.Tests.Search.SearchedMail;

namespace UnifiedMsg.Store.Tests.Search;

/// <summary>How the index follows the store.</summary>
public abstract class FollowingTests(Engine engine)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_comes_later_is_indexed_and_a_restart_goes_on_where_it_was()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        Assert.Equal(SearchState.Off, test.Store.Search.Status.State);
        await test.AppendManyAsync(inbox, 3);
        test.StartSearch();
        await test.Store.Search.CatchUpAsync(Token);
        await test.AppendManyAsync(inbox, 5);
        await test.Store.Search.CatchUpAsync(Token);
        Assert.Equal((SearchState.Current, 0, 0), (test.Store.Search.Status.State, test.Store.Search.Status.Behind, test.Store.Search.Status.LagSeconds));
        await test.RestartAsync();
        Assert.Equal([1L, 2L, 3L, 4L, 5L], await ReadIndexAsync(test));
        test.StartSearch();
        await test.Store.Search.CatchUpAsync(Token);
        IReadOnlyList<uint> found = await FindAsync(test, inbox, "message 4");
        Assert.Equal([7u], found);
    }

    [Fact]
    public async Task What_is_gone_leaves_the_index()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendManyAsync(inbox, 4);
        test.StartSearch();
        await test.Store.Search.CatchUpAsync(Token);
        await RemoveAsync(test, inbox, [1, 3]);
        test.Time.Advance(TimeSpan.FromHours(2));
        await test.Store.Search.CatchUpAsync(Token);
        await test.RestartAsync();
        Assert.Equal([2L, 4L], await ReadIndexAsync(test));
    }

    [Fact]
    public async Task A_text_that_is_longer_than_what_is_indexed_is_found_to_its_end()
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        var text = new StringBuilder();
        while (text.Length < IndexedText.MaxCharacters + 1000)
            text.Append("some words again and again\r\n");
        await test.AppendAsync(inbox, Message("long", text + "the needle"));
        await test.AppendAsync(inbox, Message("short", "nothing"));
        test.StartSearch();
        await test.Store.Search.CatchUpAsync(Token);
        Assert.Equal([1u], await FindAsync(test, inbox, "needle"));
        Assert.Equal([1u], await FindAsync(test, inbox, "words"));
    }

    [Theory]
    [InlineData("<b>capy</b>bara", true)]
    [InlineData("capy<!-- what it is -->bara", true)]
    [InlineData("<P>ca<SPAN class=x>py<wbr></SPAN>ba<em><u>ra</u></em></P>", true)]
    [InlineData("<p>capy</p><p>bara</p>", false)]
    [InlineData("<td>capy</td><td>bara</td>", false)]
    [InlineData("capy<br>bara", false)]
    public async Task Only_what_stands_in_a_line_joins_the_words_of_html(string html, bool isOneWord)
    {
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        await test.AppendAsync(inbox, Encoding.ASCII.GetBytes($"Subject: an animal\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n{html}\r\n"));
        IReadOnlyList<uint> read = await FindAsync(test, inbox, "capybara");
        Assert.Equal(isOneWord ? [1u] : [], read);
        test.StartSearch();
        await test.Store.Search.CatchUpAsync(Token);
        Assert.Equal(read, await FindAsync(test, inbox, "capybara"));
        Assert.Equal([1u], await FindAsync(test, inbox, "capy"));
        Assert.Equal([1u], await FindAsync(test, inbox, "bara"));
    }

    // Whatever is put in, taken out and indexed meanwhile, a search finds what was there when it began, unless it was taken out.
    [Fact]
    public async Task A_search_is_exact_while_mail_comes_and_goes()
    {
        const int Rounds = 40;
        await using TestStore test = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await test.InboxAsync();
        test.StartSearch();
        var known = new ConcurrentDictionary<uint, string>();
        var gone = new ConcurrentDictionary<uint, string>();
        using var stop = new CancellationTokenSource();
        Task[] clients = [.. Enumerable.Range(0, 3).Select(client => Task.Run(async () =>
        {
            var random = new Random(client);
            for (int i = 0; i < Rounds; i++)
            {
                string word = "abcd"[random.Next(4)] + "needle";
                bool isDoomed = random.Next(3) == 0;
                Item item = await test.AppendAsync(
                    inbox, Message($"of {client}", $"number{client}x{i} {word} {word}s"), new NewItem(Flags: isDoomed ? ItemFlags.Deleted : ItemFlags.None));
                known[item.Uid] = word;
                if (!isDoomed)
                    continue;
                gone[item.Uid] = word;
                await test.Store.ExpungeAsync(inbox.Id, [item.Uid]);
            }
        }))];
        Task searching = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                foreach (char letter in "abcd")
                    await SearchAsync(test, inbox, letter + "needle", known, gone);
                await test.Store.Search.CatchUpAsync(Token);
            }
        });
        await Task.WhenAll(clients);
        await stop.CancelAsync();
        await searching;
        await test.Store.Search.CatchUpAsync(Token);
        foreach (char letter in "abcd")
            await SearchAsync(test, inbox, letter + "needle", known, gone);
    }

    private static async Task SearchAsync(
        TestStore test, Folder inbox, string word, ConcurrentDictionary<uint, string> known, ConcurrentDictionary<uint, string> gone)
    {
        uint[] before = [.. known.Where(mail => mail.Value == word).Select(mail => mail.Key)];
        IReadOnlyList<uint> found = await FindAsync(test, inbox, word);
        Assert.Empty(before.Except(found).Except(gone.Keys));
        Assert.DoesNotContain(found, uid => known.TryGetValue(uid, out string? other) && other != word);
    }

    private async Task<List<long>> ReadIndexAsync(TestStore test)
    {
        if (engine == Engine.PostgreSql)
            return await test.Database.ReadAsync(session => session.QueryAsync("SELECT content_id FROM search_docs ORDER BY content_id", row => row.GetInt64(0)));
        await using PostingsIndex index = PostingsIndex.Open(test.SearchFile);
        return [.. (await index.ReadMarksAsync(0, 1000, Token)).Select(mark => mark.ContentId)];
    }
}

public sealed class SqliteFollowingTests() : FollowingTests(Engine.Sqlite);

public sealed class PostgreSqlFollowingTests() : FollowingTests(Engine.PostgreSql);
