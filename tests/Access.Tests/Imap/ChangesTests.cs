using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Tests.Imap;

public sealed class ChangesTests
{
    [Fact]
    public async Task IdleTellsOfNewMailFlagsAndExpunges()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var idler = await server.SelectAsync();
        await idler.SendAsync("i IDLE");
        Assert.Equal("+ idling", await idler.ReadAsync());
        await server.DeliverAsync("Subject: new\n\nx");
        Assert.Equal("* 1 EXISTS", await idler.ReadAsync());
        Assert.Equal("* 0 RECENT", await idler.ReadAsync());
        await using var other = await server.SelectAsync();
        await other.OkAsync("STORE 1 +FLAGS.SILENT (\\Deleted)");
        Assert.Equal("* 1 FETCH (UID 1 FLAGS (\\Deleted))", await idler.ReadAsync());
        await other.OkAsync("EXPUNGE");
        Assert.Equal("* 1 EXPUNGE", await idler.ReadAsync());
        await idler.SendAsync("DONE");
        Assert.Equal("OK Done", (await idler.ReadToAsync("i"))[^1]);
    }

    [Fact]
    public async Task ExpungesWaitWhileMessageNumbersAreInUse()
    {
        await using var server = await ImapHarness.StartAsync();
        for (var i = 0; i < 3; i++) await server.DeliverAsync($"Subject: {i}\n\nx", ItemFlags.Seen);
        await using var client = await server.SelectAsync();
        await using var other = await server.SelectAsync();
        await other.OkAsync("STORE 1:2 +FLAGS (\\Deleted)");
        Assert.Equal(["* 2 EXPUNGE", "* 1 EXPUNGE"], await other.OkAsync("EXPUNGE"));
        var responses = await client.RunAsync("FETCH 1:3 (UID)");
        Assert.Equal(["* 3 FETCH (UID 3)", "NO [EXPUNGEISSUED] Some messages are gone"], responses);
        Assert.DoesNotContain(await client.OkAsync("SEARCH ALL"), r => r.Contains("EXPUNGE"));
        Assert.Equal(["* 2 EXPUNGE", "* 1 EXPUNGE"], await client.OkAsync("NOOP"));
        Assert.Equal(["* 1 FETCH (UID 3)"], await client.OkAsync("FETCH 1 UID"));
    }

    [Fact]
    public async Task OwnChangesAreNotTold()
    {
        await using var server = await ImapHarness.StartAsync();
        await server.DeliverAsync("Subject: s\n\nx");
        await using var client = await server.SelectAsync();
        Assert.Equal(["* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Work)"], await client.OkAsync("STORE 1 +FLAGS.SILENT (\\Flagged $Work)"));
        Assert.Empty(await client.OkAsync("NOOP"));
        Assert.Equal(["* 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen $Work))"], await client.OkAsync("STORE 1 +FLAGS (\\Seen)"));
        Assert.Empty(await client.OkAsync("NOOP"));
        Assert.Equal(["* 1 FETCH (UID 1 FLAGS ())"], await client.OkAsync("STORE 1 FLAGS ()"));
    }

    // RFC 9051 §6.4.6: what others changed is told also after .SILENT.
    [Fact]
    public async Task ASilentStoreDoesNotHideWhatOthersChanged()
    {
        await using var server = await ImapHarness.StartAsync();
        await server.DeliverAsync("Subject: s\n\nx");
        await using var client = await server.SelectAsync();
        await using var other = await server.SelectAsync();
        await other.OkAsync("STORE 1 +FLAGS (\\Answered)");
        Assert.Contains("* 1 FETCH (UID 1 FLAGS (\\Answered))", await client.OkAsync("STORE 1 +FLAGS.SILENT (\\Flagged)"));
        Assert.Empty(await client.OkAsync("NOOP"));
    }

    // The notice of it may still be on its way here.
    [Theory]
    [InlineData("STORE 1:2 +FLAGS.SILENT (\\Seen)", "* 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen))")]
    [InlineData("UID STORE 1:2 +FLAGS.SILENT (\\Flagged)", "* 1 FETCH (UID 1 FLAGS (\\Flagged))")]
    [InlineData("STORE 1:2 -FLAGS.SILENT (\\Flagged)", "* 1 FETCH (UID 1 FLAGS ())")]
    public async Task ASilentStoreDoesNotHideWhatWasChangedElsewhere(string command, string told)
    {
        await using var server = await ImapHarness.StartAsync();
        for (var i = 0; i < 2; i++) await server.DeliverAsync("Subject: s\n\nx");
        await using var client = await server.SelectAsync();
        await server.FlagElsewhereAsync(1, ItemFlags.Flagged);
        Assert.Equal([told], await client.OkAsync(command));
        Assert.Empty(await client.OkAsync("NOOP"));
    }

    [Fact]
    public async Task ASilentStoreWithUnchangedSinceHidesNothingEither()
    {
        await using var server = await ImapHarness.StartAsync();
        for (var i = 0; i < 2; i++) await server.DeliverAsync("Subject: s\n\nx");
        await using var client = await server.SelectAsync();
        await server.FlagElsewhereAsync(1, ItemFlags.Flagged);
        var responses = await client.OkAsync("STORE 1:2 (UNCHANGEDSINCE 1000000) +FLAGS.SILENT (\\Seen)");
        Assert.Matches(@"^\* 2 FETCH \(UID 2 MODSEQ \(\d+\)\)$", responses[0]);
        Assert.Matches(@"^\* 1 FETCH \(UID 1 FLAGS \(\\Flagged \\Seen\) MODSEQ \(\d+\)\)$", responses[1]);
        Assert.Equal(2, responses.Count);

        await server.FlagElsewhereAsync(2, ItemFlags.Answered);
        responses = await client.RunAsync("STORE 1:2 (UNCHANGEDSINCE 1) +FLAGS.SILENT (\\Draft)");
        Assert.Equal("OK [MODIFIED 1:2] Some messages were changed meanwhile", responses[^1]);
        Assert.Matches(@"^\* 2 FETCH \(UID 2 FLAGS \(\\Answered \\Seen\) MODSEQ \(\d+\)\)$", Assert.Single(responses[..^1]));
    }

    // A client may know it by APPENDUID, or from another of its connections, before this session is told. OK would say that it was done.
    [Theory]
    [InlineData("UID STORE 2 +FLAGS (\\Flagged)", "* 2 FETCH (UID 2 FLAGS (\\Flagged))")]
    [InlineData("UID FETCH 2 FLAGS", "* 2 FETCH (UID 2 FLAGS ())")]
    [InlineData("UID FETCH 2:* FLAGS", "* 2 FETCH (UID 2 FLAGS ())")]
    [InlineData("UID MOVE 2 Sent", "* 2 EXPUNGE")]
    public async Task AUidThatWasNotToldHereIsFound(string command, string response)
    {
        await using var server = await ImapHarness.StartAsync();
        await server.DeliverAsync("Subject: first\n\nx");
        await using var client = await server.SelectAsync();
        await server.DeliverElsewhereAsync("Subject: second\n\nx");
        var responses = await client.OkAsync(command);
        Assert.Equal("* 2 EXISTS", responses[0]);
        Assert.Contains(response, responses);
    }

    [Fact]
    public async Task AFolderThatIsDeletedEndsTheOtherSession()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.LogInAsync();
        await client.OkAsync("CREATE Work");
        await client.OkAsync("SELECT Work");
        await using var other = await server.LogInAsync();
        await other.OkAsync("DELETE Work");
        Assert.StartsWith("OK", await client.ReplyAsync("NOOP"));
        Assert.StartsWith("* BYE", await client.ReadAsync());
        await client.ReadToEndAsync();
    }

    // Many times, since a connection that is cut off takes with it what is still to be sent.
    [Fact]
    public async Task AFolderThatIsDeletedEndsAnIdlingSessionInOrder()
    {
        await using var server = await ImapHarness.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            await server.Store.CreateFolderAsync(server.Alice.Id, "Work");
            await using var client = await server.LogInAsync();
            await client.OkAsync("SELECT Work");
            await client.SendAsync("i IDLE");
            Assert.Equal("+ idling", await client.ReadAsync());
            await server.Store.DeleteFolderAsync(server.Alice.Id, "Work");
            Assert.Equal("* BYE The selected mailbox was deleted", await client.ReadAsync());
            await client.ReadToEndAsync();
        }
    }

    [Fact]
    public async Task StoppingSaysFarewellToIdlingClients()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.SelectAsync();
        await client.SendAsync("i IDLE");
        await client.ReadAsync();
        await server.Server.StopAsync(TimeSpan.FromSeconds(10));
        Assert.StartsWith("* BYE", await client.ReadAsync());
    }
}
