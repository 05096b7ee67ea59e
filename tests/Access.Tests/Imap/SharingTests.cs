using System.Text.RegularExpressions;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Tests.Imap;

/// <summary>RFC 4314 and RFC 2342: alice owns, bob is given rights.</summary>
public sealed class SharingTests
{
    private const string Work = "\"Other Users/alice@example.test/Work\"";

    [Fact]
    public async Task RightsAreGivenToldAndTaken()
    {
        await using var server = await ImapHarness.StartAsync();
        await server.Accounts.AddGroupAsync("team@example.test", ["bob@example.test"]);
        await using var alice = await server.LogInAsync();
        Assert.Contains(" ACL RIGHTS=kxte ", Assert.Single(await alice.OkAsync("CAPABILITY")));
        await alice.OkAsync("CREATE Work");
        await alice.OkAsync("SETACL Work bob@example.test lrs");
        await alice.OkAsync("SETACL Work bob@example.test +w");
        await alice.OkAsync("SETACL Work bob@example.test -s");
        await alice.OkAsync("SETACL Work team@example.test te");
        await alice.OkAsync("SETACL Work anyone lk");
        await alice.OkAsync("SETACL Work -bob@example.test k");
        Assert.Equal(
            [
                "* ACL \"Work\" \"alice@example.test\" \"lrswipkxteacd\" \"anyone\" \"lkc\" \"bob@example.test\" \"lrw\" \"team@example.test\" \"ted\" "
                + "\"-bob@example.test\" \"kc\"",
            ],
            await alice.OkAsync("GETACL Work"));
        Assert.Equal(["* LISTRIGHTS \"Work\" \"bob@example.test\" \"\" l r s w i p k x t e a"], await alice.OkAsync("LISTRIGHTS Work bob@example.test"));
        Assert.Equal(["* LISTRIGHTS \"Work\" \"alice@example.test\" \"lrswipkxtea\""], await alice.OkAsync("LISTRIGHTS Work alice@example.test"));
        Assert.Equal(["* MYRIGHTS \"Work\" \"lrswipkxteacd\""], await alice.OkAsync("MYRIGHTS Work"));
        await using var bob = await server.LogInAsync("bob");
        Assert.Equal([$"* MYRIGHTS {Work} \"lrwted\""], await bob.OkAsync($"MYRIGHTS {Work}"));
        Assert.StartsWith("NO [NOPERM]", await bob.ReplyAsync($"GETACL {Work}"));
        Assert.StartsWith("NO [NOPERM]", await bob.ReplyAsync($"SETACL {Work} bob@example.test +a"));
        Assert.StartsWith("NO [NOPERM]", await bob.ReplyAsync($"LISTRIGHTS {Work} nobody@example.test"));
        await alice.OkAsync("DELETEACL Work team@example.test");
        Assert.Equal([$"* MYRIGHTS {Work} \"lrw\""], await bob.OkAsync($"MYRIGHTS {Work}"));
        Assert.StartsWith("NO [CANNOT]", await alice.ReplyAsync("SETACL Work alice@example.test lr"));
        Assert.StartsWith("NO [NONEXISTENT]", await alice.ReplyAsync("SETACL Work nobody@example.test lr"));
        Assert.StartsWith("NO [NONEXISTENT]", await alice.ReplyAsync("SETACL Work \"not an address\" lr"));
        Assert.StartsWith("NO [NONEXISTENT]", await alice.ReplyAsync("SETACL Nowhere bob@example.test lr"));
        Assert.StartsWith("BAD", await alice.ReplyAsync("SETACL Work bob@example.test lq"));
        Assert.StartsWith("BAD", await alice.ReplyAsync("GETACL"));
    }

    [Fact]
    public async Task MailboxesOfOthersAreListedBelowTheirNames()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var alice = await server.LogInAsync();
        await alice.OkAsync("CREATE Work/Sub");
        await alice.OkAsync("SETACL Work bob@example.test l");
        await alice.OkAsync("SETACL Sent bob@example.test lr");
        await using var bob = await server.LogInAsync("bob");
        Assert.Equal(["* NAMESPACE ((\"\" \"/\")) ((\"Other Users/\" \"/\")) ((\"Shared/\" \"/\"))"], await bob.OkAsync("NAMESPACE"));
        var listed = await bob.OkAsync("LIST \"\" \"Other Users/*\" RETURN (STATUS (MESSAGES))");
        Assert.Equal(
            [
                "* LIST (\\HasNoChildren) \"/\" \"Other Users/alice@example.test/Sent\"",
                "* STATUS \"Other Users/alice@example.test/Sent\" (MESSAGES 0)",
                $"* LIST (\\HasNoChildren) \"/\" {Work}",
            ],
            listed.Where(line => !line.Contains("\\Noselect")));
        Assert.Contains("* LIST (\\Noselect \\HasChildren) \"/\" \"Other Users\"", await bob.OkAsync("LIST \"\" %"));
        Assert.StartsWith("NO [NOPERM]", await bob.ReplyAsync($"STATUS {Work} (MESSAGES)"));
        Assert.StartsWith("NO [NONEXISTENT]", await bob.ReplyAsync("STATUS \"Other Users/alice@example.test/INBOX\" (MESSAGES)"));
        Assert.StartsWith("NO [NONEXISTENT]", await bob.ReplyAsync("SELECT \"Other Users/nobody@example.test/INBOX\""));
        Assert.StartsWith("NO [NONEXISTENT]", await bob.ReplyAsync("SELECT \"Other Users/alice@example.test\""));
        Assert.StartsWith("NO [CANNOT]", await bob.ReplyAsync("CREATE \"Other Users/\""));
        Assert.StartsWith("NO [CANNOT]", await bob.ReplyAsync("CREATE Shared"));
        Assert.StartsWith("NO [NOPERM]", await bob.ReplyAsync("CREATE \"Other Users/alice@example.test/Mine\""));
        Assert.StartsWith("NO [CANNOT]", await bob.ReplyAsync($"RENAME {Work} Mine"));
        await bob.OkAsync($"SUBSCRIBE {Work}");
        Assert.Equal([$"* LSUB () \"/\" {Work}"], (await bob.OkAsync("LSUB \"\" *")).Where(line => line.Contains("Work")));
        Assert.DoesNotContain(await alice.OkAsync("LSUB \"\" *"), line => line.Contains("Work"));
        Assert.Equal(["* QUOTAROOT \"Other Users/alice@example.test/Sent\""], await bob.OkAsync("GETQUOTAROOT \"Other Users/alice@example.test/Sent\""));
    }

    [Fact]
    public async Task EachReaderHasHisOwnSeenAndHearsOfTheOthers()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var alice = await server.LogInAsync();
        await alice.OkAsync("CREATE Work");
        await alice.OkAsync("SETACL Work bob@example.test lrsi");
        await server.DeliverAsync("Subject: one\n\nx", path: "Work");
        await server.DeliverAsync("Subject: two\n\nx", ItemFlags.Seen, "Work");
        await using var bob = await server.LogInAsync("bob");
        await bob.OkAsync("ENABLE QRESYNC");
        var selected = await bob.RunAsync($"SELECT {Work}");
        Assert.StartsWith("OK [READ-WRITE]", selected[^1]);
        Assert.Contains(selected, line => line.StartsWith("* OK [PERMANENTFLAGS (\\Seen)]"));
        Assert.Equal([$"* STATUS {Work} (UNSEEN 2)"], await bob.OkAsync($"STATUS {Work} (UNSEEN)"));
        Assert.Equal(["* SEARCH 1 2"], await bob.OkAsync("SEARCH UNSEEN"));
        var modSeq = Regex.Match(string.Join('\n', selected), @"HIGHESTMODSEQ (\d+)").Groups[1].Value;
        Assert.Contains("FLAGS (\\Seen)", Assert.Single(await bob.OkAsync("FETCH 2 BODY[TEXT]")));
        Assert.Equal(["* STATUS \"Work\" (UNSEEN 1)"], await alice.OkAsync("STATUS Work (UNSEEN)"));
        Assert.Equal([$"* STATUS {Work} (UNSEEN 1)"], await bob.OkAsync($"STATUS {Work} (UNSEEN)"));
        Assert.Matches(@"^\* 2 FETCH \(UID 2 FLAGS \(\\Seen\) MODSEQ \(\d+\)\)$", Assert.Single(await bob.OkAsync($"UID FETCH 1:* (FLAGS) (CHANGEDSINCE {modSeq})")));
        Assert.StartsWith("NO [NOPERM]", await bob.ReplyAsync("STORE 1 +FLAGS (\\Flagged)"));
        Assert.StartsWith("NO [NOPERM]", await bob.ReplyAsync("EXPUNGE"));
        Assert.StartsWith("NO [NOPERM]", await bob.ReplyAsync("MOVE 1 INBOX"));
        await bob.SendAsync("i IDLE");
        Assert.StartsWith("+", await bob.ReadAsync());
        await alice.OkAsync("SELECT Work");
        await alice.OkAsync("STORE 1 +FLAGS (\\Flagged)");
        Assert.Contains("* 1 FETCH (UID 1 FLAGS (\\Flagged)", await bob.ReadAsync());
        await bob.SendAsync("DONE");
        await bob.ReadToAsync("i");
        await bob.OkAsync("COPY 1:2 INBOX");
        await bob.SendAsync($"a APPEND {Work} (\\Seen) {{14+}}\r\nSubject: a\r\n\r\n");
        Assert.StartsWith("OK [APPENDUID", (await bob.ReadToAsync("a"))[^1]);
        await alice.OkAsync("NOOP");
        Assert.Contains("FLAGS ()", Assert.Single(await alice.OkAsync("UID FETCH 3 (FLAGS)"), line => line.Contains("FETCH")));
        await bob.OkAsync("CLOSE");
        await bob.OkAsync("SELECT INBOX");
        Assert.Equal(["* SEARCH 1"], (await bob.OkAsync("SEARCH FLAGGED UNSEEN")).Where(line => line.Contains("SEARCH")));
        Assert.Equal(["* SEARCH 2"], await bob.OkAsync("SEARCH SEEN"));
    }

    [Fact]
    public async Task WhoLosesTheRightToReadIsToldAndReadsNoMore()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var alice = await server.LogInAsync();
        await alice.OkAsync("CREATE Work");
        await server.DeliverAsync("Subject: one\n\nx", path: "Work");
        await alice.OkAsync("SETACL Work anyone lr");
        await using var bob = await server.LogInAsync("bob");
        Assert.StartsWith("OK [READ-ONLY]", await bob.ReplyAsync($"SELECT {Work}"));
        Assert.Single(await bob.OkAsync("FETCH 1 BODY[TEXT]"));
        await alice.OkAsync("DELETEACL Work anyone");
        Assert.StartsWith("NO [NONEXISTENT]", await bob.ReplyAsync("FETCH 1 BODY.PEEK[TEXT]"));
    }

    [Fact]
    public async Task PublicMailboxesAreForAll()
    {
        await using var server = await ImapHarness.StartAsync();
        var news = await server.Store.CreateFolderAsync(PublicFolders.AccountId, "News");
        await server.Store.ChangeAclAsync(news.Id, AclIdentifier.Anyone, false, FlagMode.Replace, FolderRights.All & ~FolderRights.Administer);
        await using var bob = await server.LogInAsync("bob");
        await bob.SendAsync("a APPEND Shared/News {14+}\r\nSubject: a\r\n\r\n");
        Assert.StartsWith("OK [APPENDUID", (await bob.ReadToAsync("a"))[^1]);
        await bob.OkAsync("CREATE Shared/News/Sport");
        Assert.StartsWith("NO [NOPERM]", await bob.ReplyAsync("CREATE Shared/Mine"));
        await using var alice = await server.LogInAsync();
        Assert.Equal(
            ["* LIST (\\HasChildren) \"/\" \"Shared/News\"", "* LIST (\\HasNoChildren) \"/\" \"Shared/News/Sport\""],
            await alice.OkAsync("LIST \"\" Shared/*"));
        Assert.Contains("* 1 EXISTS", await alice.OkAsync("SELECT Shared/News"));
        await alice.OkAsync("STORE 1 +FLAGS (\\Deleted)");
        await alice.OkAsync("EXPUNGE");
        await alice.OkAsync("DELETE Shared/News/Sport");
        Assert.Equal(["* STATUS \"Shared/News\" (MESSAGES 0)"], await bob.OkAsync("STATUS Shared/News (MESSAGES)"));
    }

    [Fact]
    public async Task AnOwnMailboxWithSuchANameStays()
    {
        await using var server = await ImapHarness.StartAsync();
        await server.Store.CreateFolderAsync(server.Alice.Id, "Shared/Old");
        await using var alice = await server.LogInAsync();
        await alice.OkAsync("SELECT Shared/Old");
        await alice.OkAsync("DELETE Shared/Old");
        Assert.StartsWith("NO [NONEXISTENT]", await alice.ReplyAsync("SELECT Shared/Old"));
    }
}
