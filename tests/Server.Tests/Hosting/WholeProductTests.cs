using System.Net;
using System.Net.Sockets;
using System.Text;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.TestEngines;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Hosting;

/// <summary>All parts together, seen from outside.</summary>
public abstract class WholeProductTests(Engine engine) : IAsyncLifetime
{
    private const string Password = "correct horse";
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private DatabaseHome _home = null!;
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _home = await DatabaseHome.CreateAsync(engine);
        _server = await TestServer.StartAsync(options => engine == Engine.Sqlite
            ? options
            : options with { Database = new DatabaseSection { Engine = DatabaseEngine.Postgresql, Connection = _home.Connection } });
        await _server.AddUserAsync("alice", "1001", Password);
        await _server.AddUserAsync("bob", "1002", Password);
    }

    [Fact]
    public void Every_listener_has_a_real_port()
    {
        var keys = _server.Host.EndPoints.All().Select(each => each.Key);
        Assert.Equal(["sip", "sip", "smtp", "submission", "submissions", "lmtp", "imap", "imaps", "http"], keys);
        Assert.DoesNotContain(_server.Host.EndPoints.All(), each => each.EndPoint.EndsWith(":0", StringComparison.Ordinal));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Mail_from_one_person_reaches_the_other_also_after_a_restart(bool implicitTls)
    {
        await SendAsync(implicitTls);
        Assert.Equal(["Hello Bob"], await SubjectsAsync(implicitTls));

        await _server.StopAsync();
        await _server.StartAgainAsync();
        Assert.Equal(["Hello Bob"], await SubjectsAsync(implicitTls));
    }

    [Fact]
    public async Task The_store_is_good_after_use()
    {
        await SendAsync(implicitTls: false);
        var report = await _server.Host.Administration.CheckStoreAsync();
        Assert.Empty(report.Problems);
        Assert.Equal(1, report.Items);
    }

    [Fact]
    public async Task A_phone_system_that_asks_whether_we_live_is_answered()
    {
        using var phone = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var target = _server.Host.EndPoints.Sip[0].EndPoint;
        var request = $"""
            OPTIONS sip:{target} SIP/2.0
            Via: SIP/2.0/UDP {phone.Client.LocalEndPoint};branch=z9hG4bKtest
            Max-Forwards: 70
            From: <sip:pbx@example.test>;tag=1
            To: <sip:{target}>
            Call-ID: options@example.test
            CSeq: 1 OPTIONS
            Content-Length: 0


            """.ReplaceLineEndings("\r\n");
        await phone.SendAsync(Encoding.ASCII.GetBytes(request), target);
        using var guard = new CancellationTokenSource(Guard);
        var answer = await phone.ReceiveAsync(guard.Token);
        Assert.StartsWith("SIP/2.0 200", Encoding.ASCII.GetString(answer.Buffer));
    }

    [Fact]
    public async Task A_client_that_idles_does_not_hold_up_the_stop()
    {
        using var client = await LogInAsync(implicitTls: true);
        await client.Inbox!.OpenAsync(FolderAccess.ReadOnly);
        using var done = new CancellationTokenSource(Guard);
        var idle = client.IdleAsync(done.Token);
        await _server.StopAsync().WaitAsync(Guard);
        await idle.ContinueWith(_ => { }, TaskScheduler.Default).WaitAsync(Guard);
        Assert.False(client.IsConnected && client.IsIdle);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _server.DisposeAsync();
        await _home.DisposeAsync();
    }

    private async Task SendAsync(bool implicitTls)
    {
        var endPoint = (implicitTls ? _server.Host.EndPoints.Submissions : _server.Host.EndPoints.Submission)[0];
        using var client = new SmtpClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync(endPoint.Address.ToString(), endPoint.Port, Security(implicitTls));
        await client.AuthenticateAsync("alice@example.test", Password);
        var message = new MimeMessage { Subject = "Hello Bob", Body = new TextPart("plain") { Text = "How are you?" } };
        message.From.Add(MailboxAddress.Parse("alice@example.test"));
        message.To.Add(MailboxAddress.Parse("bob@example.test"));
        await client.SendAsync(message);
        await client.DisconnectAsync(quit: true);
    }

    private async Task<string[]> SubjectsAsync(bool implicitTls)
    {
        using var client = await LogInAsync(implicitTls);
        await client.Inbox!.OpenAsync(FolderAccess.ReadOnly);
        var summaries = await client.Inbox.FetchAsync(0, -1, MessageSummaryItems.Envelope);
        await client.DisconnectAsync(quit: true);
        return [.. summaries.Select(summary => summary.Envelope!.Subject!)];
    }

    private async Task<ImapClient> LogInAsync(bool implicitTls)
    {
        var endPoint = (implicitTls ? _server.Host.EndPoints.Imaps : _server.Host.EndPoints.Imap)[0];
        var client = new ImapClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync(endPoint.Address.ToString(), endPoint.Port, Security(implicitTls));
        await client.AuthenticateAsync("bob@example.test", Password);
        return client;
    }

    private static SecureSocketOptions Security(bool implicitTls) => implicitTls ? SecureSocketOptions.SslOnConnect : SecureSocketOptions.StartTls;
}

public sealed class SqliteWholeProductTests() : WholeProductTests(Engine.Sqlite);

public sealed class PostgreSqlWholeProductTests() : WholeProductTests(Engine.PostgreSql);
