using System.Net;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Logging.Abstractions;
using MimeKit;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Phone;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.TestEngines;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Crash;

/// <summary>What clients and callers meet while PostgreSQL is away, and that all goes on when it is back.</summary>
public sealed class DatabaseAwayTests : IAsyncLifetime
{
    private const string Password = "correct horse";
    private const string Alice = "alice@example.test";
    private const string Bob = "bob@example.test";
    private const string Plan = "steps:\n  - name: all\n    to: \"{extension}\"\n    mailbox: \"{extension}\"\n    greeting: short.wav\n";

    // The statement of a unit that files something.
    private const string NewItem = "INSERT INTO store_items";

    private PostgreSqlCluster _cluster = null!;
    private CommitCutter _cutter = null!;
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await PostgreSqlCluster.StartAsync();
        _cutter = new CommitCutter(await _cluster.CreateDatabaseAsync());
        _server = await TestServer.StartAsync(options =>
        {
            File.WriteAllText(Path.Combine(options.Dialplans, "default.yaml"), Plan);
            File.WriteAllBytes(Path.Combine(options.Dialplans, "short.wav"), WavFile.Write(AudioClip.Silence(TimeSpan.FromSeconds(1))));
            return options with
            {
                Database = new DatabaseSection { Engine = DatabaseEngine.Postgresql, Connection = _cutter.Connection, MaxOutage = TimeSpan.FromSeconds(1) },
            };
        });
        await _server.AddUserAsync("alice", "1001", Password);
        await _server.AddUserAsync("bob", "1002", Password);
    }

    [Fact]
    public async Task Clients_are_told_to_come_again_callers_leave_their_messages_and_all_goes_on_when_it_is_back()
    {
        // People are known from the start of the server on.
        await _server.StopAsync();
        await _server.StartAgainAsync();
        await using var idling = await FolderWatcher.OpenAsync(_server.Host.EndPoints.Imaps[0], Bob, Password, "INBOX");
        using var imap = await LineDialogue.ConnectAsync(_server.Host.EndPoints.Imap[0]);
        Assert.Contains("a OK", await imap.AskAsync($"a LOGIN {Bob} \"{Password}\"", "a "));
        Assert.Contains("b OK", await imap.AskAsync("b SELECT INBOX", "b "));
        using var smtp = await LineDialogue.ConnectAsync(_server.Host.EndPoints.Smtp[0]);
        await smtp.AskAsync("EHLO mail.example.org", "250 ");
        await using var phone = new SoftPhone(
            NameAddress.Parse("<sip:1003@example.test>"), IPAddress.Loopback, SipTransportKind.Udp, NullLoggerFactory.Instance, TimeProvider.System);
        await phone.StartAsync(CancellationToken.None);

        await _cluster.KillAsync();
        var call = LeaveMessageAsync(phone);
        Assert.StartsWith("c NO [UNAVAILABLE]", await imap.AskAsync("c STATUS Sent (MESSAGES)", "c "));
        Assert.StartsWith("d NO [UNAVAILABLE]", await imap.AskAsync("d APPEND INBOX {12+}\r\nSubject: x\r\n", "d "));
        using (var other = await LineDialogue.ConnectAsync(_server.Host.EndPoints.Imap[0]))
            Assert.StartsWith("a NO [UNAVAILABLE]", await other.AskAsync($"a LOGIN {Bob} \"{Password}\"", "a "));
        await smtp.AskAsync("MAIL FROM:<carol@example.org>", "250 ");
        Assert.StartsWith("451 4.3.0", await smtp.AskAsync($"RCPT TO:<{Bob}>", "4"));
        var refusal = await Assert.ThrowsAsync<CallRefusedException>(() => phone.CallAsync(Target("1999")));
        Assert.Equal(503, refusal.Status);
        await call;

        await _cluster.RestartAsync();
        Assert.Contains("e OK", await imap.AskAsync("e STATUS Sent (MESSAGES)", "e "));
        using var sender = new SmtpClient();
        await sender.ConnectAsync("127.0.0.1", _server.Host.EndPoints.Smtp[0].Port, SecureSocketOptions.None);
        await sender.SendAsync(new MimeMessage(
            [MailboxAddress.Parse("carol@example.org")], [MailboxAddress.Parse(Bob)], "Hello Bob", new TextPart("plain") { Text = "Hello." }));
        await idling.CountAsync(1);
        var message = Assert.Single(await Mailbox.ReadAsync(_server.Host.EndPoints.Imaps[0], Alice, Password, 1));
        Assert.NotNull(message.Audio);
        Assert.Empty((await _server.Host.Administration.CheckStoreAsync()).Problems);
    }

    [Fact]
    public async Task What_nobody_knows_is_neither_confirmed_nor_denied()
    {
        using var imap = await LineDialogue.ConnectAsync(_server.Host.EndPoints.Imap[0]);
        await imap.AskAsync($"a LOGIN {Bob} \"{Password}\"", "a OK");
        using var smtp = await LineDialogue.ConnectAsync(_server.Host.EndPoints.Smtp[0]);
        await smtp.AskAsync("EHLO mail.example.org", "250 ");
        await smtp.AskAsync("MAIL FROM:<carol@example.org>", "250 ");
        await smtp.AskAsync($"RCPT TO:<{Bob}>", "250 ");
        await smtp.AskAsync("DATA", "354 ");
        var cut = _cutter.CutAsync(CommitCut.Answer, NewItem, shut: true);
        Assert.StartsWith("* BYE [UNAVAILABLE]", await imap.AskAsync("b APPEND INBOX {12+}\r\nSubject: x\r\n", ""));
        Assert.Null(await imap.EndAsync());
        await cut;
        _cutter.Open();
        // RFC 5321 §4.2.1: the sender's server comes again.
        cut = _cutter.CutAsync(CommitCut.Answer, NewItem, shut: true);
        Assert.StartsWith("451 4.3.0", await smtp.AskAsync("Subject: x\r\n\r\nx\r\n.", ""));
        await cut;
        _cutter.Open();

        using var again = await LineDialogue.ConnectAsync(_server.Host.EndPoints.Imap[0]);
        await again.AskAsync($"a LOGIN {Bob} \"{Password}\"", "a OK");
        await again.AskAsync("b APPEND INBOX {12+}\r\nSubject: x\r\n", "b OK");
        // Both had happened.
        Assert.Equal("* 3 EXISTS", await again.AskAsync("c SELECT INBOX", "* 3"));
    }

    public async ValueTask DisposeAsync()
    {
        _cutter.Open();
        await _server.DisposeAsync();
        await _cutter.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    private SipUri Target(string extension) =>
        SipUri.Parse($"sip:{extension}@{_server.Host.EndPoints.Sip.First(each => each.Carrier == SipCarrier.Udp).EndPoint}");

    private async Task LeaveMessageAsync(SoftPhone phone)
    {
        var words = await WavFile.ReadAsync(Path.Combine(AppContext.BaseDirectory, "message-rms.wav"), CancellationToken.None);
        var call = await phone.CallAsync(Target("1001"));
        Assert.True(await call.WaitForToneAsync(TimeSpan.FromSeconds(60)), "no tone came");
        await call.PlayAsync(words);
        await call.HangUpAsync();
        await call.DisposeAsync();
    }
}
