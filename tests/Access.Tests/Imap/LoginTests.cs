using System.Text;

namespace UnifiedMsg.Access.Tests.Imap;

public sealed class LoginTests
{
    [Fact]
    public async Task LoginTellsTheCapabilities()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.ConnectAsync();
        Assert.StartsWith("* OK [CAPABILITY IMAP4rev1 IMAP4rev2", client.Greeting);
        Assert.Contains("AUTH=SCRAM-SHA-256 AUTH=PLAIN", client.Greeting);
        var reply = await client.ReplyAsync($"LOGIN Alice@Example.Test \"{ImapHarness.Password}\"");
        Assert.StartsWith("OK [CAPABILITY IMAP4rev1", reply);
        Assert.Contains(" IDLE ", reply);
        Assert.Equal("BAD Not after log-in", await client.ReplyAsync("LOGIN a b"));
    }

    [Fact]
    public async Task LiteralsCarryNameAndPassword()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.SendAsync("x LOGIN {18}");
        Assert.Equal("+ OK", await client.ReadAsync());
        await client.SendAsync("alice@example.test {13+}\r\n" + ImapHarness.Password);
        Assert.StartsWith("OK", (await client.ReadToAsync("x"))[^1]);
    }

    [Fact]
    public async Task PlainWithAndWithoutInitialResponse()
    {
        await using var server = await ImapHarness.StartAsync();
        var plain = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0alice@example.test\0{ImapHarness.Password}"));
        await using var client = await server.ConnectAsync();
        Assert.StartsWith("OK", await client.ReplyAsync($"AUTHENTICATE PLAIN {plain}"));
        await using var second = await server.ConnectAsync();
        await second.SendAsync("x AUTHENTICATE PLAIN");
        Assert.Equal("+ ", await second.ReadAsync());
        await second.SendAsync(plain);
        Assert.StartsWith("OK", (await second.ReadToAsync("x"))[^1]);
    }

    [Fact]
    public async Task ACancelledExchangeAndUnknownMechanisms()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.SendAsync("x AUTHENTICATE PLAIN");
        await client.ReadAsync();
        await client.SendAsync("*");
        Assert.StartsWith("BAD", (await client.ReadToAsync("x"))[^1]);
        Assert.StartsWith("NO", await client.ReplyAsync("AUTHENTICATE GSSAPI"));
    }

    [Fact]
    public async Task WrongPasswordsAreRefusedAndThenTheConnectionIsClosed()
    {
        await using var server = await ImapHarness.StartAsync(o => o with { MaxFailedLogins = 2 });
        await using var client = await server.ConnectAsync();
        Assert.StartsWith("NO [AUTHENTICATIONFAILED]", await client.ReplyAsync("LOGIN alice@example.test wrong"));
        Assert.StartsWith("NO [AUTHENTICATIONFAILED]", await client.ReplyAsync("LOGIN nobody@example.test wrong"));
        await client.ReadToEndAsync();
    }

    [Fact]
    public async Task PasswordsInTheClearAreRefusedWhereThatIsForbidden()
    {
        await using var server = await ImapHarness.StartAsync(o => o with { AllowPlainLoginOnLoopback = false });
        await using var client = await server.ConnectAsync();
        Assert.Contains("LOGINDISABLED", client.Greeting);
        Assert.DoesNotContain("AUTH=PLAIN", client.Greeting);
        Assert.StartsWith("NO [PRIVACYREQUIRED]", await client.ReplyAsync($"LOGIN alice@example.test \"{ImapHarness.Password}\""));
    }

    [Fact]
    public async Task NothingElseBeforeLogin()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.ConnectAsync();
        Assert.Equal("BAD Log in first", await client.ReplyAsync("SELECT INBOX"));
        Assert.Equal("BAD Unknown command", await client.ReplyAsync("XYZZY"));
        Assert.Contains("* CAPABILITY", (await client.OkAsync("CAPABILITY"))[0]);
        Assert.Equal("* ID (\"name\" \"UnifiedMsg\")", (await client.OkAsync("ID (\"name\" \"test\" \"version\" NIL)"))[0]);
    }
}
