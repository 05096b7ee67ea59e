using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Tests.Imap;

public sealed class CopyMoveTests
{
    [Fact]
    public async Task CopyTellsTheUids()
    {
        await using var server = await ImapHarness.StartAsync();
        for (var i = 0; i < 3; i++) await server.DeliverAsync($"Subject: {i}\n\nx", ItemFlags.Flagged);
        await using var client = await server.SelectAsync();
        Assert.Matches(@"^OK \[COPYUID \d+ 1:2 1:2\] Copied$", await client.ReplyAsync("COPY 1:2 Archive"));
        Assert.StartsWith("NO [TRYCREATE]", await client.ReplyAsync("COPY 1 Nowhere"));
        Assert.StartsWith("OK Nothing", await client.ReplyAsync("UID COPY 99 Archive"));
        await client.OkAsync("SELECT Archive");
        Assert.Equal(["* 1 FETCH (FLAGS (\\Flagged))", "* 2 FETCH (FLAGS (\\Flagged))"], await client.OkAsync("FETCH 1:* FLAGS"));
    }

    [Fact]
    public async Task MoveTellsTheUidsAndThenWhatIsGone()
    {
        await using var server = await ImapHarness.StartAsync();
        for (var i = 0; i < 3; i++) await server.DeliverAsync($"Subject: {i}\n\nx");
        await using var client = await server.SelectAsync();
        var responses = await client.OkAsync("UID MOVE 1,3 Trash");
        Assert.Matches(@"^\* OK \[COPYUID \d+ 1,3 1:2\]", responses[0]);
        Assert.Equal(["* 3 EXPUNGE", "* 1 EXPUNGE"], responses[1..]);
        Assert.Equal(["* 1 FETCH (UID 2)"], await client.OkAsync("FETCH 1:* UID"));
    }

    [Fact]
    public async Task UidExpungeTakesOnlyWhatIsNamed()
    {
        await using var server = await ImapHarness.StartAsync();
        for (var i = 0; i < 3; i++) await server.DeliverAsync($"Subject: {i}\n\nx", ItemFlags.Deleted);
        await using var client = await server.SelectAsync();
        Assert.Equal(["* 2 EXPUNGE"], await client.OkAsync("UID EXPUNGE 2"));
        Assert.Equal(["* 2 EXPUNGE", "* 1 EXPUNGE"], await client.OkAsync("EXPUNGE"));
    }
}
