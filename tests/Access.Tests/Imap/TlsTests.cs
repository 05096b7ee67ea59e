using System.Net;
using MailKit.Net.Imap;
using MailKit.Security;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Network;

namespace UnifiedMsg.Access.Tests.Imap;

public sealed class TlsTests
{
    [Theory]
    [InlineData(SecureSocketOptions.StartTls)]
    [InlineData(SecureSocketOptions.SslOnConnect)]
    public async Task PasswordsGoUnderTls(SecureSocketOptions how)
    {
        var folder = Directory.CreateTempSubdirectory("imap-tls");
        string certificate = Path.Combine(folder.FullName, "cert.pem"), key = Path.Combine(folder.FullName, "key.pem");
        await SelfSignedCertificate.WriteAsync(certificate, key, ["localhost"], TimeProvider.System);
        using var source = new CertificateSource(certificate, key, NullLogger.Instance);
        await using (var server = await ImapHarness.StartAsync(o => o with
        {
            Certificate = source,
            AllowPlainLoginOnLoopback = false,
            TlsEndPoints = [new IPEndPoint(IPAddress.Loopback, 0)],
        }))
        {
            using var client = new ImapClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
            var port = how == SecureSocketOptions.StartTls ? server.EndPoint.Port : server.Server.TlsEndPoints[0].Port;
            await client.ConnectAsync("127.0.0.1", port, how);
            Assert.Contains("PLAIN", client.AuthenticationMechanisms);
            await client.AuthenticateAsync(new SaslMechanismPlain("alice@example.test", ImapHarness.Password));
            await client.Inbox!.OpenAsync(MailKit.FolderAccess.ReadOnly);
            Assert.Empty(client.Inbox);
            await client.DisconnectAsync(true);
        }

        folder.Delete(true);
    }
}
