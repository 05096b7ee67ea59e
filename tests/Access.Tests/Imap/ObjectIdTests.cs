using System.Text.RegularExpressions;

namespace UnifiedMsg.Access.Tests.Imap;

/// <summary>RFC 8474 and RFC 6154.</summary>
public sealed class ObjectIdTests
{
    [Fact]
    public async Task AMailboxKeepsItsId()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.LogInAsync();
        var made = await client.ReplyAsync("CREATE Work");
        var id = Regex.Match(made, @"^OK \[MAILBOXID \((F\d+)\)\]").Groups[1].Value;
        Assert.NotEmpty(id);
        await client.OkAsync("RENAME Work Old");
        Assert.Equal([$"* STATUS \"Old\" (MESSAGES 0 MAILBOXID ({id}))"], await client.OkAsync("STATUS Old (MESSAGES MAILBOXID)"));
        Assert.Contains(await client.OkAsync("SELECT Old"), r => r.StartsWith($"* OK [MAILBOXID ({id})]"));
    }

    [Fact]
    public async Task AMessageKeepsItsIdAndAThreadItsOwn()
    {
        await using var server = await ImapHarness.StartAsync();
        var first = await server.DeliverAsync("Message-ID: <1@example.test>\nSubject: Lunch\n\nx");
        var other = await server.DeliverAsync("Message-ID: <2@example.test>\nSubject: Dinner\n\nx");
        var reply = await server.DeliverAsync("Message-ID: <3@example.test>\nIn-Reply-To: <1@example.test>\nSubject: Re: Lunch\n\nx");
        await using var client = await server.SelectAsync();
        Assert.Equal(
            [
                $"* 1 FETCH (EMAILID (M{first.Id}) THREADID (T{first.Id}))",
                $"* 2 FETCH (EMAILID (M{other.Id}) THREADID (T{other.Id}))",
                $"* 3 FETCH (EMAILID (M{reply.Id}) THREADID (T{first.Id}))",
            ],
            await client.OkAsync("FETCH 1:* (EMAILID THREADID)"));
        Assert.Equal(["* SEARCH 1 3"], await client.OkAsync($"SEARCH THREADID T{first.Id}"));
        Assert.Equal(["* SEARCH 2"], await client.OkAsync($"SEARCH EMAILID M{other.Id}"));
        Assert.Equal(["* SEARCH"], await client.OkAsync("SEARCH EMAILID T1"));
        await client.OkAsync("COPY 3 Archive");
        await client.OkAsync("MOVE 1 Archive");
        await client.OkAsync("SELECT Archive");
        Assert.Equal(
            [$"* 1 FETCH (EMAILID (M{reply.Id}) THREADID (T{first.Id}))", $"* 2 FETCH (EMAILID (M{first.Id}) THREADID (T{first.Id}))"],
            await client.OkAsync("FETCH 1:* (EMAILID THREADID)"));
    }

    [Fact]
    public async Task OneMailboxHasASpecialUse()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.LogInAsync();
        Assert.Contains(" CREATE-SPECIAL-USE", Assert.Single(await client.OkAsync("CAPABILITY")));
        Assert.StartsWith("NO [USEATTR]", await client.ReplyAsync("CREATE Bin (USE (\\Trash))"));
        Assert.StartsWith("NO [USEATTR]", await client.ReplyAsync("CREATE Stars (USE (\\Flagged))"));
        Assert.StartsWith("NO [USEATTR]", await client.ReplyAsync("CREATE Both (USE (\\Sent \\Trash))"));
        Assert.StartsWith("NO [USEATTR]", await client.ReplyAsync("CREATE Number (USE (\\4))"));
        Assert.StartsWith("BAD", await client.ReplyAsync("CREATE Bin (COLOUR (red))"));
        await client.OkAsync("RENAME Trash Rubbish");
        Assert.Contains("* LIST (\\HasNoChildren \\Trash) \"/\" \"Rubbish\"", await client.OkAsync("LIST (SPECIAL-USE) \"\" *"));
        await client.OkAsync("DELETE Rubbish");
        Assert.StartsWith("OK", await client.ReplyAsync("CREATE Bin (USE (\\trash))"));
        Assert.Contains("* LIST (\\HasNoChildren \\Trash) \"/\" \"Bin\"", await client.OkAsync("LIST (SPECIAL-USE) \"\" *"));
        await using var again = await server.LogInAsync();
        Assert.Single(await again.OkAsync("LIST (SPECIAL-USE) \"\" *"), r => r.Contains("\\Trash"));
    }
}
