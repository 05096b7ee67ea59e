namespace UnifiedMsg.Access.Tests.Imap;

public sealed class AppendTests
{
    [Fact]
    public async Task AppendStoresAndTells()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.SelectAsync();
        await client.SendAsync("a APPEND INBOX (\\Seen $Work) \" 1-Feb-2026 03:04:05 +0100\" {14}");
        Assert.Equal("+ OK", await client.ReadAsync());
        await client.SendAsync("Subject: a\r\n\r\n");
        var responses = await client.ReadToAsync("a");
        Assert.Contains("* 1 EXISTS", responses);
        Assert.Matches(@"^OK \[APPENDUID \d+ 1\] Appended$", responses[^1]);
        Assert.Equal(
            ["* 1 FETCH (FLAGS (\\Seen $Work) INTERNALDATE \" 1-Feb-2026 02:04:05 +0000\" RFC822.SIZE 14)"],
            await client.OkAsync("FETCH 1 FAST"));
    }

    [Fact]
    public async Task NonSynchronisingLiteralsNeedNoGoAhead()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.LogInAsync();
        await client.SendAsync("a APPEND {5+}\r\nINBOX {14+}\r\nSubject: a\r\n\r\n");
        Assert.StartsWith("OK [APPENDUID", (await client.ReadToAsync("a"))[^1]);
        await client.SendAsync("b APPEND Nowhere {14+}\r\nSubject: a\r\n\r\n");
        Assert.StartsWith("NO [TRYCREATE]", (await client.ReadToAsync("b"))[^1]);
        Assert.StartsWith("OK", await client.ReplyAsync("NOOP"));
    }

    [Fact]
    public async Task RefusalsComeInPlaceOfTheGoAhead()
    {
        await using var server = await ImapHarness.StartAsync(o => o with { MaxMessageSize = 1000 });
        await using var client = await server.LogInAsync();
        Assert.StartsWith("NO [TRYCREATE]", await client.ReplyAsync("APPEND Nowhere {10}"));
        Assert.StartsWith("NO [TOOBIG]", await client.ReplyAsync("APPEND INBOX {1001}"));
        Assert.StartsWith("BAD", await client.ReplyAsync("APPEND INBOX"));
        Assert.StartsWith("BAD", await client.ReplyAsync("APPEND INBOX (\\Nonsense) {10}"));
        await client.SendAsync("a APPEND INBOX {1001+}\r\n" + new string('x', 1001));
        Assert.StartsWith("NO [TOOBIG]", (await client.ReadToAsync("a"))[^1]);
        Assert.StartsWith("OK", await client.ReplyAsync("NOOP"));
    }

    [Fact]
    public async Task OctetsArriveAsTheyWereSentHoweverTheyTrickle()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.SelectAsync();
        foreach (var c in "a APPEND \"INBOX\" {18+}\r\nSubject: a\r\n\r\nébc\r\n") await client.SendRawAsync(c.ToString());
        await client.ReadToAsync("a");
        Assert.Equal(["* 1 FETCH (BODY[] {18}\r\nSubject: a\r\n\r\nébc)"], await client.OkAsync("FETCH 1 BODY.PEEK[]"));
    }

    [Fact]
    public async Task AMessageThatCanNotBeKeptIsNotTakenForCommands()
    {
        await using var server = await ImapHarness.StartAsync();
        Directory.Delete(Path.Combine(server.Folder, "blobs", "tmp"));
        await using var client = await server.LogInAsync();
        var message = "Subject: x\r\n\r\n" + string.Concat(Enumerable.Repeat("x CREATE Mischief\r\n", 10_000));
        await client.SendRawAsync($"b APPEND INBOX {{{message.Length}+}}\r\n{message}\r\n");
        Assert.StartsWith("NO [SERVERBUG]", Assert.Single(await client.ReadToAsync("b")));
        Assert.DoesNotContain(await client.OkAsync("LIST \"\" *"), line => line.Contains("Mischief"));
        Assert.True(server.TryTakeFault(out var fault));
        Assert.Contains("blob folder", fault);
    }
}
