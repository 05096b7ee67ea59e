using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Tests.Imap;

public sealed class QuotaTests
{
    [Fact]
    public async Task QuotaIsToldOfWhatIsLimited()
    {
        await using var server = await ImapHarness.StartAsync();
        await server.DeliverAsync("Subject: one\n\n" + new string('x', 2000));
        await using var client = await server.LogInAsync();
        Assert.Contains("QUOTA QUOTA=RES-STORAGE QUOTA=RES-MESSAGE", Assert.Single(await client.OkAsync("CAPABILITY")));
        Assert.Equal(["* QUOTA \"\" ()"], await client.OkAsync("GETQUOTA \"\""));
        Assert.Equal(["* QUOTAROOT \"Sent\""], await client.OkAsync("GETQUOTAROOT Sent"));
        await server.Store.SetQuotaAsync(server.Alice.Id, new QuotaLimits(10_240, 5));
        Assert.Equal(["* QUOTA \"\" (STORAGE 2 10 MESSAGE 1 5)"], await client.OkAsync("GETQUOTA \"\""));
        Assert.Equal(["* QUOTAROOT \"Sent\" \"\"", "* QUOTA \"\" (STORAGE 2 10 MESSAGE 1 5)"], await client.OkAsync("GETQUOTAROOT Sent"));
        Assert.StartsWith("NO [NONEXISTENT]", await client.ReplyAsync("GETQUOTA other"));
        Assert.StartsWith("NO [NONEXISTENT]", await client.ReplyAsync("GETQUOTAROOT Nowhere"));
        Assert.StartsWith("BAD", await client.ReplyAsync("GETQUOTA"));
    }

    [Fact]
    public async Task AFullMailboxTakesNeitherAppendNorCopyButMovesAndExpunges()
    {
        await using var server = await ImapHarness.StartAsync();
        await server.DeliverAsync("Subject: one\n\nx");
        await server.DeliverAsync("Subject: two\n\nx");
        await server.Store.SetQuotaAsync(server.Alice.Id, new QuotaLimits(MaxItems: 2));
        await using var client = await server.SelectAsync();
        Assert.StartsWith("NO [OVERQUOTA]", await client.ReplyAsync("APPEND INBOX {10}"));
        await client.SendAsync("b APPEND INBOX {14+}\r\nSubject: a\r\n\r\n");
        Assert.StartsWith("NO [OVERQUOTA]", (await client.ReadToAsync("b"))[^1]);
        Assert.StartsWith("NO [OVERQUOTA]", await client.ReplyAsync("COPY 1 Archive"));
        Assert.StartsWith("OK", await client.ReplyAsync("MOVE 1 Archive"));
        await client.OkAsync("STORE 1 +FLAGS (\\Deleted)");
        Assert.Equal(["* STATUS \"INBOX\" (DELETED 1 DELETED-STORAGE 17)"], await client.OkAsync("STATUS INBOX (DELETED DELETED-STORAGE)"));
        await client.OkAsync("EXPUNGE");
        await client.SendAsync("c APPEND INBOX {14+}\r\nSubject: a\r\n\r\n");
        Assert.StartsWith("OK [APPENDUID", (await client.ReadToAsync("c"))[^1]);
    }
}
