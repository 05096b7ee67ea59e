namespace UnifiedMsg.Access.Tests.Imap;

public sealed class LimitTests
{
    [Fact]
    public async Task LongLinesAndLiteralsAreRefused()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.LogInAsync();
        await client.SendAsync("x NOOP " + new string('y', 100_000));
        Assert.StartsWith("* BAD [TOOBIG]", await client.ReadAsync());
        await client.SendAsync("x SELECT {100000}");
        Assert.StartsWith("x BAD [TOOBIG]", await client.ReadAsync());
        await client.SendAsync("x SELECT {100000+}");
        Assert.StartsWith("* BYE [TOOBIG]", await client.ReadAsync());
        await client.ReadToEndAsync();
    }

    [Fact]
    public async Task ManyBadCommandsEndTheConnection()
    {
        await using var server = await ImapHarness.StartAsync(o => o with { MaxBadCommands = 3 });
        await using var client = await server.ConnectAsync();
        for (var i = 0; i < 3; i++) await client.SendAsync("GET / HTTP/1.1");
        await client.ReadToEndAsync();
    }

    [Fact]
    public async Task SilenceBeforeLoginEndsTheConnection()
    {
        await using var server = await ImapHarness.StartAsync(o => o with { LoginTimeout = TimeSpan.FromMilliseconds(50) });
        await using var client = await server.ConnectAsync();
        Assert.StartsWith("* BYE", await client.ReadAsync());
    }

    [Fact]
    public async Task CommandsMayComeTogetherAndLogoutEnds()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.LogInAsync();
        await client.SendRawAsync("1 NOOP\r\n2 SELECT INBOX\r\n3 LOGOUT\r\n4 NOOP\r\n");
        Assert.Equal("OK Done", (await client.ReadToAsync("1"))[^1]);
        Assert.StartsWith("OK [READ-WRITE]", (await client.ReadToAsync("2"))[^1]);
        Assert.Equal(["* BYE Good-bye", "OK Logged out"], await client.ReadToAsync("3"));
        await client.ReadToEndAsync();
    }

    // Somebody who has not logged in is not listened to for as long as he likes to send.
    [Fact]
    public async Task AMessageBeforeLogInEndsTheConnection()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.SendRawAsync("a APPEND INBOX {100000000000+}\r\nSubject: x\r\n");
        Assert.Equal("BAD Log in first", (await client.ReadToAsync("a"))[^1]);
        await client.ReadToEndAsync();
    }
}
