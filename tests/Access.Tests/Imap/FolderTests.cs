using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Tests.Imap;

public sealed class FolderTests
{
    [Fact]
    public async Task ListTellsSpecialUsesAndChildren()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.LogInAsync();
        await client.OkAsync("CREATE Work/Old/");
        var all = await client.OkAsync("LIST \"\" \"*\"");
        Assert.Contains("* LIST (\\HasNoChildren) \"/\" \"INBOX\"", all);
        Assert.Contains(all, r => r.Contains("\\Sent"));
        Assert.Contains("* LIST (\\HasChildren) \"/\" \"Work\"", all);
        Assert.Contains("* LIST (\\HasNoChildren) \"/\" \"Work/Old\"", all);
        Assert.DoesNotContain(await client.OkAsync("LIST \"\" %"), r => r.Contains("Work/Old"));
        Assert.Equal(["* LIST (\\Noselect) \"/\" \"\""], await client.OkAsync("LIST \"\" \"\""));
        Assert.All(await client.OkAsync("LIST (SPECIAL-USE) \"\" *"), r => Assert.Matches(@"\\(Drafts|Sent|Trash|Junk|Archive)\)", r));
        await client.OkAsync("DELETE Work");
        Assert.Equal(["* LIST (\\Noselect \\HasChildren) \"/\" \"Work\""], await client.OkAsync("LIST \"\" Work"));
    }

    [Fact]
    public async Task SubscriptionsAndStatusOfLists()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.LogInAsync();
        await client.OkAsync("CREATE a/b");
        await client.OkAsync("SUBSCRIBE a/b");
        Assert.Contains("* LSUB () \"/\" \"a/b\"", await client.OkAsync("LSUB \"\" *"));
        var listed = await client.OkAsync("LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (\"a\") RETURN (CHILDREN STATUS (MESSAGES UIDNEXT))");
        Assert.Equal("* LIST (\\HasChildren) \"/\" \"a\" (\"CHILDINFO\" (\"SUBSCRIBED\"))", listed[0].Replace("\\Subscribed ", ""));
        Assert.Equal("* STATUS \"a\" (MESSAGES 0 UIDNEXT 1)", listed[1]);
        await client.OkAsync("UNSUBSCRIBE a/b");
        await client.OkAsync("UNSUBSCRIBE nowhere");
        Assert.DoesNotContain("* LSUB () \"/\" \"a/b\"", await client.OkAsync("LSUB \"\" *"));
    }

    [Fact]
    public async Task StatusCounts()
    {
        await using var server = await ImapHarness.StartAsync();
        await server.DeliverAsync("Subject: one\n\nx", ItemFlags.Seen);
        await server.DeliverAsync("Subject: two\n\nx", ItemFlags.Deleted);
        await using var client = await server.LogInAsync();
        Assert.Equal(
            ["* STATUS \"INBOX\" (MESSAGES 2 UIDNEXT 3 UNSEEN 1 DELETED 1 SIZE 34 RECENT 0)"],
            await client.OkAsync("STATUS inbox (MESSAGES UIDNEXT UNSEEN DELETED SIZE RECENT)"));
        Assert.StartsWith("NO [NONEXISTENT]", await client.ReplyAsync("STATUS nowhere (MESSAGES)"));
        Assert.StartsWith("BAD", await client.ReplyAsync("STATUS INBOX (NONSENSE)"));
    }

    [Fact]
    public async Task NamesAreModifiedUtf7UntilUtf8IsEnabled()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.LogInAsync();
        await client.OkAsync("CREATE \"Entw&APw-rfe\"");
        Assert.NotNull(await server.Store.FindFolderAsync(server.Alice.Id, "Entwürfe"));
        Assert.Contains("* LIST (\\HasNoChildren) \"/\" \"Entw&APw-rfe\"", await client.OkAsync("LIST \"\" Entw*"));
        await client.OkAsync("ENABLE UTF8=ACCEPT");
        Assert.Contains("* LIST (\\HasNoChildren) \"/\" \"Entwürfe\"", await client.OkAsync("LIST \"\" \"Entwü*\""));
        Assert.StartsWith("NO [ALREADYEXISTS]", await client.ReplyAsync("CREATE \"Entwürfe\""));
    }

    [Fact]
    public async Task RenameAndRefusals()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.LogInAsync();
        await client.OkAsync("CREATE one");
        await client.OkAsync("RENAME one two");
        Assert.StartsWith("NO [NONEXISTENT]", await client.ReplyAsync("RENAME one three"));
        Assert.StartsWith("NO", await client.ReplyAsync("DELETE INBOX"));
        Assert.StartsWith("OK", await client.ReplyAsync("STATUS two (MESSAGES)"));
        Assert.Equal(["* NAMESPACE ((\"\" \"/\")) ((\"Other Users/\" \"/\")) ((\"Shared/\" \"/\"))"], await client.OkAsync("NAMESPACE"));
    }
}
