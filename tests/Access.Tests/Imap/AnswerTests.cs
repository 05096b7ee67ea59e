using System.Net;
using MailKit.Net.Imap;
using MailKit.Security;
using Microsoft.Extensions.Logging.Abstractions;
using MimeKit;
using UnifiedMsg.Accounts;
using UnifiedMsg.Database;
using UnifiedMsg.Network;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Tests.Imap;

/// <summary>What was done is answered, or it would be asked for again; what was not told is told later.</summary>
public sealed class AnswerTests
{
    private const string Append = "n APPEND INBOX {17+}\r\nSubject: x\r\n\r\nx\r\n\r\n";

    [Theory]
    [InlineData(false, "SELECT INBOX")]
    [InlineData(true, "SELECT INBOX")]
    [InlineData(true, "NOOP")]
    public async Task AMessageThatIsStoredWhileTheServerStopsIsAnswered(bool tls, string before)
    {
        var folder = Directory.CreateTempSubdirectory("imap-answer");
        string certificate = Path.Combine(folder.FullName, "cert.pem"), key = Path.Combine(folder.FullName, "key.pem");
        await SelfSignedCertificate.WriteAsync(certificate, key, ["localhost"], TimeProvider.System);
        using var source = new CertificateSource(certificate, key, NullLogger.Instance);
        var stored = new TaskCompletionSource();
        var interposer = new Interposer();
        await using (var server = await ImapHarness.StartAsync(
            o => o with { Certificate = source, TlsEndPoints = [new IPEndPoint(IPAddress.Loopback, 0)] }, interposer: interposer))
        {
            await using var client = await LineClient.ConnectAsync(tls ? server.Server.TlsEndPoints[0] : server.EndPoint, tls);
            await client.OkAsync($"LOGIN alice@example.test \"{ImapHarness.Password}\"");
            await client.OkAsync(before);
            interposer.Around = (method, arguments, call) => method.Name == nameof(IStore.AppendAsync)
                ? AppendAsync((Task<Item>)call()!, stored, (CancellationToken)arguments[^1]!) : call();
            await client.SendRawAsync(Append);
            await stored.Task;
            var stop = server.Server.StopAsync(TimeSpan.FromSeconds(30));
            Assert.StartsWith("OK [APPENDUID", (await client.ReadToAsync("n"))[^1]);
            Assert.StartsWith("* BYE", await client.ReadAsync());
            await client.ReadToEndAsync();
            await stop;
        }

        folder.Delete(true);
    }

    [Fact]
    public async Task WhatWasDoneIsAnsweredAlthoughTheSelectedMailboxIsGone()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.LogInAsync();
        await client.OkAsync("CREATE Work");
        await client.OkAsync("SELECT Work");
        await server.Store.DeleteFolderAsync(server.Alice.Id, "Work");
        await client.SendRawAsync(Append);
        Assert.StartsWith("OK [APPENDUID", (await client.ReadToAsync("n"))[^1]);
        Assert.Equal("* BYE The selected mailbox was deleted", await client.ReadAsync());
        await client.ReadToEndAsync();
    }

    // It takes a BYE before the answer for a lost connection.
    [Fact]
    public async Task MailKitLearnsThatItsMessageIsStoredAlthoughTheSelectedMailboxIsGone()
    {
        await using var server = await ImapHarness.StartAsync();
        await server.Store.CreateFolderAsync(server.Alice.Id, "Work");
        using var client = new ImapClient();
        await client.ConnectAsync("127.0.0.1", server.EndPoint.Port, SecureSocketOptions.None);
        await client.AuthenticateAsync(new SaslMechanismPlain("alice@example.test", ImapHarness.Password));
        var work = await client.GetFolderAsync("Work");
        await work.OpenAsync(MailKit.FolderAccess.ReadWrite);
        await server.Store.DeleteFolderAsync(server.Alice.Id, "Work");
        var message = new MimeMessage { Subject = "once", Body = new TextPart("plain") { Text = "once" } };
        Assert.Equal(1u, (await client.Inbox!.AppendAsync(new MailKit.AppendRequest(message)))?.Id);
    }

    [Fact]
    public async Task SeenIsToldLaterWhenTheMessageCanNotBeRead()
    {
        await using var server = await ImapHarness.StartAsync();
        await server.DeliverAsync($"Subject: large\n\n{new string('x', 100_000)}");
        foreach (var blob in Directory.GetDirectories(Path.Combine(server.Folder, "blobs")).SelectMany(Directory.GetFiles)) File.Delete(blob);
        await using var client = await server.SelectAsync();
        Assert.Equal(
            ["* 1 FETCH (UID 1 FLAGS (\\Seen))", "NO [CORRUPTION] Some messages can't be read"], await client.RunAsync("FETCH 1 BODY[]"));
        Assert.Empty(await client.OkAsync("NOOP"));
        Assert.True(server.TryTakeFault(out _));
    }

    [Fact]
    public async Task SeenIsToldLaterWhenTheDatabaseGoesAwayMeanwhile()
    {
        var interposer = new Interposer();
        await using var server = await ImapHarness.StartAsync(interposer: interposer);
        for (var i = 0; i < 2; i++) await server.DeliverAsync("Subject: s\n\nx");
        await using var client = await server.SelectAsync();
        var opened = 0;
        interposer.Around = (method, _, call) =>
            method.Name == nameof(IStore.OpenContentAsync) && ++opened == 2 ? throw Away() : call();
        var responses = await client.RunAsync("FETCH 1:2 BODY[TEXT]");
        Assert.Equal(["* 1 FETCH (BODY[TEXT] {1}\r\nx FLAGS (\\Seen))", "* 2 FETCH (UID 2 FLAGS (\\Seen))"], responses[..^1]);
        Assert.StartsWith("NO [UNAVAILABLE]", responses[^1]);
        Assert.True(server.TryTakeFault(out _));
    }

    [Fact]
    public async Task AnAclIsKnownBeforeItIsTold()
    {
        var interposer = new Interposer();
        await using var server = await ImapHarness.StartAsync(interposer: interposer);
        var bob = await server.Accounts.FindByAddressAsync("bob@example.test");
        await using var client = await server.LogInAsync();
        await client.OkAsync("SETACL INBOX bob@example.test lr");
        interposer.Around = (method, arguments, call) =>
            method.Name == nameof(IAccounts.FindAsync) && bob!.Id.Equals(arguments[0]) ? throw Away() : call();
        Assert.StartsWith("NO [UNAVAILABLE]", Assert.Single(await client.RunAsync("GETACL INBOX")));
        interposer.Around = (_, _, call) => call();
        Assert.Contains("bob@example.test", Assert.Single(await client.OkAsync("GETACL INBOX")));
        Assert.True(server.TryTakeFault(out _));
    }

    // The whole message has come by then, but the end of the command has not.
    [Fact]
    public async Task AFaultAfterTheMessageLeavesNothingOfItsCommand()
    {
        var interposer = new Interposer();
        await using var server = await ImapHarness.StartAsync(interposer: interposer);
        await using var client = await server.LogInAsync();
        interposer.Around = (method, arguments, call) =>
            method.Name == nameof(IStore.StageAsync) ? ReadAndFailAsync((Stream)arguments[0]!) : call();
        await client.SendRawAsync(Append);
        Assert.StartsWith("NO [UNAVAILABLE]", Assert.Single(await client.ReadToAsync("n")));
        Assert.Empty(await client.OkAsync("NOOP"));
        Assert.True(server.TryTakeFault(out _));
    }

    // Stored, but nobody hears of it before the server stops.
    private static async Task<Item> AppendAsync(Task<Item> append, TaskCompletionSource stored, CancellationToken stopping)
    {
        var item = await append;
        var stopped = new TaskCompletionSource();
        await using (stopping.Register(stopped.SetResult))
        {
            stored.SetResult();
            await stopped.Task;
        }

        return item;
    }

    private static async Task<StagedContent> ReadAndFailAsync(Stream content)
    {
        await content.CopyToAsync(Stream.Null);
        throw Away();
    }

    private static DatabaseException Away() => new("The database can't be reached, nothing was stored.");
}
