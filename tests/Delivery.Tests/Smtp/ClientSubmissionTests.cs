using System.Net;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace UnifiedMsg.Delivery.Tests.Smtp;

public sealed class ClientSubmissionTests : IAsyncLifetime
{
    private const string Alice = "alice@example.test";
    private const string Bob = "bob@example.test";
    private MailServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await MailServer.StartAsync(work: false);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task<SmtpClient> ConnectAsync(IPEndPoint endPoint, SecureSocketOptions security)
    {
        var client = new SmtpClient
        {
            ServerCertificateValidationCallback = (_, certificate, _, _) =>
                certificate!.GetCertHashString() == _server.Certificate.Certificate.GetCertHashString(),
        };
        await client.ConnectAsync("127.0.0.1", endPoint.Port, security);
        return client;
    }

    private static MimeMessage Message(string to = Bob)
    {
        var message = new MimeMessage { Subject = "Grüße", Body = new TextPart("plain") { Text = ".dot\nline\n" } };
        message.From.Add(new MailboxAddress("Alice", Alice));
        message.To.Add(new MailboxAddress("Bob", to));
        message.Bcc.Add(new MailboxAddress("", Alice));
        return message;
    }

    [Theory]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    public async Task A_mail_client_logs_in_and_sends(string mechanism)
    {
        using var client = await ConnectAsync(_server.Smtp.SubmissionEndPoints[0], SecureSocketOptions.StartTls);
        Assert.Contains(mechanism, client.AuthenticationMechanisms);
        await client.AuthenticateAsync(SaslMechanism.Create(mechanism, new NetworkCredential(Alice, MailServer.Password))!);
        await client.SendAsync(Message());
        await client.DisconnectAsync(true);
        var received = Assert.Single(await _server.InboxAsync(Bob));
        Assert.Contains("with ESMTPSA id", received);
        Assert.Contains("\r\n.dot\r\nline\r\n", received);
        Assert.DoesNotContain("Bcc", received);
        Assert.Single(await _server.InboxAsync(Alice));
    }

    [Fact]
    public async Task Tls_from_the_start_works_too()
    {
        using var client = await ConnectAsync(_server.Smtp.SubmissionsEndPoints[0], SecureSocketOptions.SslOnConnect);
        await client.AuthenticateAsync(Alice, MailServer.Password);
        await client.SendAsync(Message());
        Assert.Single(await _server.InboxAsync(Bob));
    }

    [Fact]
    public async Task A_wrong_password_is_refused_and_the_third_one_hung_up_on()
    {
        await using var client = await SmtpScript.ConnectAsync(_server.Smtp.SubmissionEndPoints[0]);
        await client.RunAsync("EHLO client.test", "250 ");
        var wrong = Convert.ToBase64String("\0alice@example.test\0wrong"u8);
        await client.RunAsync($"AUTH PLAIN {wrong}", "535 5.7.8", $"AUTH PLAIN {wrong}", "535 5.7.8", "MAIL FROM:<alice@example.test>", "530 5.7.0",
            $"AUTH PLAIN {wrong}", "535 5.7.8");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task The_exchange_by_lines()
    {
        await using var client = await SmtpScript.ConnectAsync(_server.Smtp.SubmissionEndPoints[0]);
        var right = Convert.ToBase64String("\0alice@example.test\0correct horse battery"u8);
        await client.RunAsync("AUTH PLAIN", "503 ", "EHLO client.test", "250 ", "AUTH NTLM", "504 5.5.4", "AUTH PLAIN ???", "501 5.5.2",
            "AUTH PLAIN", "334 ", "*", "501 5.7.0", "AUTH PLAIN", "334 ", right, "235 2.7.0", $"AUTH PLAIN {right}", "503 ");
    }

    [Fact]
    public async Task Nobody_sends_as_somebody_else()
    {
        await using var client = await SmtpScript.ConnectAsync(_server.Smtp.SubmissionEndPoints[0]);
        var right = Convert.ToBase64String("\0alice@example.test\0correct horse battery"u8);
        await client.RunAsync("EHLO client.test", "250 ", $"AUTH PLAIN {right}", "235 ", "MAIL FROM:<bob@example.test>", "553 5.7.1",
            "MAIL FROM:<carol@remote.test>", "553 5.7.1", "MAIL FROM:<alice+news@example.test>", "250 ", "RCPT TO:<carol@remote.test>", "250 ",
            "RCPT TO:<nobody@example.test>", "550 5.1.1");
    }

    [Fact]
    public async Task Without_tls_there_is_no_log_in_from_elsewhere()
    {
        await using var strict = await MailServer.StartAsync(work: false, configure: options => options with { AllowPlainAuthOnLoopback = false });
        await using var client = await SmtpScript.ConnectAsync(strict.Smtp.SubmissionEndPoints[0]);
        await client.RunAsync("EHLO client.test", "250 ", "MAIL FROM:<alice@example.test>", "530 5.7.0 Issue STARTTLS", "AUTH PLAIN", "538 ");
        await client.StartTlsAsync();
        await client.SendAsync("EHLO client.test\r\n");
        Assert.Contains("AUTH SCRAM-SHA-256 PLAIN LOGIN", await client.ExpectAsync("250 "));
    }

    [Fact]
    public async Task What_a_message_lacks_is_added()
    {
        await using var client = await SmtpScript.ConnectAsync(_server.Smtp.SubmissionEndPoints[0]);
        var right = Convert.ToBase64String("\0alice@example.test\0correct horse battery"u8);
        await client.RunAsync("EHLO client.test", "250 ", $"AUTH PLAIN {right}", "235 ", $"MAIL FROM:<{Alice}>", "250 ", $"RCPT TO:<{Bob}>", "250 ",
            "DATA", "354 ", "From: alice@example.test\r\nBCC: a@b.test,\r\n\tc@d.test\r\n\r\nhi\r\n.", "250 ");
        var received = MimeMessage.Load(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Assert.Single(await _server.InboxAsync(Bob)))));
        Assert.EndsWith("@mx.example.test", received.MessageId);
        Assert.NotEqual(default, received.Date);
        Assert.Empty(received.Bcc);
    }
}
