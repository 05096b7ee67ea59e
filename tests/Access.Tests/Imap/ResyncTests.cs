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

    // RFC 7162 §3.2.5.1: what is no longer known is made up for by naming every UID that is not there.
    [Fact]
    public async Task AClientThatWasAwayForTooLongLosesNothing()
    {
        await using var server = await ImapHarness.StartAsync(configureStore: o => o with { MaxTombstones = 2 });
        for (var i = 0; i < 8; i++) await server.DeliverAsync($"Subject: {i}\n\nx");
        await using var client = await server.LogInAsync();
        await client.OkAsync("ENABLE QRESYNC");
        var selected = await client.OkAsync("SELECT INBOX");
        long validity = Number(selected, "UIDVALIDITY"), modSeq = Number(selected, "HIGHESTMODSEQ");
        await client.OkAsync("UNSELECT");
        await using (var other = await server.SelectAsync())
        {
            foreach (var uid in (int[])[1, 2, 3, 6, 7])
            {
                await other.OkAsync($"UID STORE {uid} +FLAGS (\\Deleted)");
                await other.OkAsync("EXPUNGE");
            }
        }

        await server.Store.MaintainAsync();
        Assert.Contains("* VANISHED (EARLIER) 1:3,6:7", await client.OkAsync($"SELECT INBOX (QRESYNC ({validity} {modSeq}))"));
        // Only what the client says that it knows, where it does.
        await client.OkAsync("UNSELECT");
        Assert.Contains("* VANISHED (EARLIER) 3,6", await client.OkAsync($"SELECT INBOX (QRESYNC ({validity} {modSeq} 3:6))"));
        Assert.Contains("* VANISHED (EARLIER) 1:3,6:7", await client.OkAsync($"UID FETCH 1:* (FLAGS) (CHANGEDSINCE {modSeq} VANISHED)"));
    }

    private static long Number(List<string> responses, string code) =>
        long.Parse(Regex.Match(string.Join('\n', responses), $@"\[{code} (\d+)\]").Groups[1].Value);
}
