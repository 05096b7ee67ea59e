using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Tests.Imap;

public sealed class SelectTests
{
    [Fact]
    public async Task SelectTellsTheState()
    {
        await using var server = await ImapHarness.StartAsync();
        await server.DeliverAsync("Subject: one\n\nx", ItemFlags.Seen);
        await server.DeliverAsync("Subject: two\n\nx");
        await using var client = await server.LogInAsync();
        var responses = await client.RunAsync("SELECT inbox");
        Assert.Contains("* 2 EXISTS", responses);
        Assert.Contains("* 0 RECENT", responses);
        Assert.Contains("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)", responses);
        Assert.Contains(responses, r => r.StartsWith("* OK [UNSEEN 2]"));
        Assert.Contains(responses, r => r.StartsWith("* OK [UIDNEXT 3]"));
        Assert.Contains(responses, r => r.StartsWith("* OK [UIDVALIDITY "));
        Assert.Contains(responses, r => r.StartsWith("* OK [HIGHESTMODSEQ "));
        Assert.Contains(responses, r => r.StartsWith("* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]"));
        Assert.Equal("OK [READ-WRITE] Selected", responses[^1]);
    }

    [Fact]
    public async Task ExamineIsReadOnly()
    {
        await using var server = await ImapHarness.StartAsync();
        await server.DeliverAsync("Subject: one\n\nx");
        await using var client = await server.LogInAsync();
        Assert.Equal("OK [READ-ONLY] Examined", await client.ReplyAsync("EXAMINE INBOX"));
        Assert.StartsWith("NO", await client.ReplyAsync("STORE 1 +FLAGS (\\Seen)"));
        await client.OkAsync("FETCH 1 BODY[]");
        Assert.Equal("* 1 FETCH (FLAGS ())", (await client.OkAsync("FETCH 1 FLAGS"))[0]);
        Assert.StartsWith("NO", await client.ReplyAsync("EXPUNGE"));
    }

    [Fact]
    public async Task AnotherSelectClosesTheFirstEvenWhenItFails()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.SelectAsync();
        var responses = await client.RunAsync("SELECT Nowhere");
        Assert.StartsWith("* OK [CLOSED]", responses[0]);
        Assert.StartsWith("NO [NONEXISTENT]", responses[^1]);
        Assert.Equal("BAD Select a mailbox first", await client.ReplyAsync("FETCH 1 FLAGS"));
    }

    [Fact]
    public async Task CloseExpungesSilentlyAndUnselectDoesNot()
    {
        await using var server = await ImapHarness.StartAsync();
        await server.DeliverAsync("Subject: one\n\nx", ItemFlags.Deleted);
        await using var client = await server.SelectAsync();
        Assert.Empty(await client.OkAsync("UNSELECT"));
        Assert.Contains("* 1 EXISTS", await client.OkAsync("SELECT INBOX"));
        Assert.Empty(await client.OkAsync("CLOSE"));
        Assert.Contains("* 0 EXISTS", await client.OkAsync("SELECT INBOX"));
    }
}
