using UnifiedMsg.Store;
using UnifiedMsg.Store.Search;

namespace UnifiedMsg.Access.Tests.Imap;

public sealed class SearchTests
{
    [Theory]
    [InlineData("ALL", "1 2 3")]
    [InlineData("UNSEEN", "1 3")]
    [InlineData("SEEN FLAGGED", "2")]
    [InlineData("NOT SEEN", "1 3")]
    [InlineData("OR FLAGGED 1", "1 2")]
    [InlineData("2:*", "2 3")]
    [InlineData("UID 1,3", "1 3")]
    [InlineData("FROM alice", "1")]
    [InlineData("SUBJECT \"grüße\"", "2")]
    [InlineData("HEADER X-Test \"\"", "3")]
    [InlineData("HEADER x-test some", "3")]
    [InlineData("BODY \"été\"", "1")]
    [InlineData("TEXT \"x-test\"", "3")]
    [InlineData("BODY \"x-test\"", "")]
    [InlineData("SINCE 2-Mar-2026", "2 3")]
    [InlineData("BEFORE 2-Mar-2026", "1")]
    [InlineData("ON \"2-Mar-2026\"", "2")]
    [InlineData("SENTON 5-Mar-2026", "1")]
    [InlineData("LARGER 200", "3")]
    [InlineData("SMALLER 200", "1 2")]
    [InlineData("KEYWORD $Work", "")]
    [InlineData("OLDER 10 UNKEYWORD $Work (NOT 3)", "1 2")]
    [InlineData("CHARSET utf-8 OR (SEEN) NOT (OR 1 2)", "2 3")]
    public async Task Finds(string keys, string expected)
    {
        await using var server = await StartAsync();
        await using var client = await server.SelectAsync();
        Assert.Equal([("* SEARCH " + expected).TrimEnd()], await client.OkAsync($"SEARCH {keys}"));
        server.Store.Search.Start(new SearchOptions { File = Path.Combine(server.Folder, "search.db") });
        await server.Store.Search.CatchUpAsync(TestContext.Current.CancellationToken);
        Assert.Equal([("* SEARCH " + expected).TrimEnd()], await client.OkAsync($"SEARCH {keys}"));
    }

    [Fact]
    public async Task ExtendedResultsAndTheSavedOne()
    {
        await using var server = await StartAsync();
        await using var client = await server.SelectAsync();
        Assert.Equal(["* ESEARCH (TAG \"a3\") UID MIN 1 MAX 3 ALL 1:3 COUNT 3"], await client.OkAsync("UID SEARCH RETURN (MIN MAX ALL COUNT) ALL"));
        Assert.Equal(["* ESEARCH (TAG \"a4\") ALL 2"], await client.OkAsync("SEARCH RETURN () SEEN"));
        Assert.Empty(await client.OkAsync("SEARCH RETURN (SAVE) UNSEEN"));
        Assert.Equal(["* 1 FETCH (UID 1)", "* 3 FETCH (UID 3)"], await client.OkAsync("FETCH $ UID"));
        Assert.Equal(["* SEARCH 3"], await client.OkAsync("SEARCH $ LARGER 200"));
    }

    [Fact]
    public async Task WrongSearchesAreRefused()
    {
        await using var server = await StartAsync();
        await using var client = await server.SelectAsync();
        Assert.StartsWith("NO [BADCHARSET (UTF-8 US-ASCII)]", await client.ReplyAsync("SEARCH CHARSET koi8-r ALL"));
        foreach (var wrong in new[] { "", " NONSENSE", " (", " OR SEEN", " BEFORE tomorrow", " LARGER x", " RETURN (WHAT) ALL", " SEEN ", " " + new string('(', 40) })
            Assert.StartsWith("BAD", await client.ReplyAsync("SEARCH" + wrong));
    }

    private static async Task<ImapHarness> StartAsync()
    {
        var server = await ImapHarness.StartAsync();
        await server.DeliverAsync(
            "From: Alice <alice@example.test>\nDate: Thu, 5 Mar 2026 23:00:00 -0800\nContent-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=utf-8\n\nun =C3=A9t=C3=A9", date: Day(1));
        await server.DeliverAsync("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\ntext", ItemFlags.Seen | ItemFlags.Flagged, date: Day(2));
        await server.DeliverAsync("X-Test: something\n\n" + new string('x', 300), date: Day(3));
        return server;
    }

    private static DateTimeOffset Day(int day) => new(2026, 3, day, 12, 0, 0, TimeSpan.Zero);
}
