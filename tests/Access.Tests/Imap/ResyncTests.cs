using System.Text.RegularExpressions;

namespace UnifiedMsg.Access.Tests.Imap;

public sealed class ResyncTests
{
    [Fact]
    public async Task ChangedSinceAndUnchangedSince()
    {
        await using var server = await ImapHarness.StartAsync();
        for (var i = 0; i < 3; i++) await server.DeliverAsync($"Subject: {i}\n\nx");
        await using var client = await server.LogInAsync();
        var modSeq = Number(await client.OkAsync("SELECT INBOX (CONDSTORE)"), "HIGHESTMODSEQ");
        var stored = await client.OkAsync("STORE 2 +FLAGS.SILENT (\\Seen)");
        Assert.Matches(@"^\* 2 FETCH \(UID 2 MODSEQ \(\d+\)\)$", Assert.Single(stored));
        Assert.Matches(
            @"^\* 2 FETCH \(UID 2 FLAGS \(\\Seen\) MODSEQ \(\d+\)\)$", Assert.Single(await client.OkAsync($"UID FETCH 1:* (FLAGS) (CHANGEDSINCE {modSeq})")));
        Assert.StartsWith("OK [MODIFIED 2]", await client.ReplyAsync($"STORE 1:2 (UNCHANGEDSINCE {modSeq}) +FLAGS (\\Flagged)"));
        Assert.Matches(@"^\* SEARCH 1 2 \(MODSEQ \d+\)$", Assert.Single(await client.OkAsync($"SEARCH MODSEQ {modSeq + 1}")));
    }

    [Fact]
    public async Task AClientComesUpToDateInOneCommand()
    {
        await using var server = await ImapHarness.StartAsync();
        for (var i = 0; i < 4; i++) await server.DeliverAsync($"Subject: {i}\n\nx");
        await using var client = await server.LogInAsync();
        Assert.Equal(["* ENABLED QRESYNC"], await client.OkAsync("ENABLE QRESYNC X-NOTHING"));
        var selected = await client.OkAsync("SELECT INBOX");
        long validity = Number(selected, "UIDVALIDITY"), modSeq = Number(selected, "HIGHESTMODSEQ");
        await client.OkAsync("UNSELECT");
        await using (var other = await server.SelectAsync())
        {
            await other.OkAsync("STORE 1:2 +FLAGS (\\Deleted)");
            await other.OkAsync("EXPUNGE");
            await other.OkAsync("STORE 1 +FLAGS (\\Seen)");
        }

        var resynced = await client.OkAsync($"SELECT INBOX (QRESYNC ({validity} {modSeq} 1:4))");
        Assert.Contains("* VANISHED (EARLIER) 1:2", resynced);
        Assert.Contains(resynced, r => Regex.IsMatch(r, @"^\* 1 FETCH \(UID 3 FLAGS \(\\Seen\) MODSEQ \(\d+\)\)$"));
        Assert.Contains("* VANISHED (EARLIER) 1:2", await client.OkAsync($"UID FETCH 1:* (FLAGS) (CHANGEDSINCE {modSeq} VANISHED)"));
        await client.OkAsync("STORE 1 +FLAGS (\\Deleted)");
        Assert.Equal(["* VANISHED 3"], await client.OkAsync("EXPUNGE"));
    }

    private static long Number(List<string> responses, string code) =>
        long.Parse(Regex.Match(string.Join('\n', responses), $@"\[{code} (\d+)\]").Groups[1].Value);
}
