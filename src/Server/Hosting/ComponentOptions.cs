using UnifiedMsg.Delivery;
using UnifiedMsg.Delivery.Queue;
using UnifiedMsg.Delivery.Smtp;
using UnifiedMsg.Network;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Server.Hosting;

/// <summary>What the configuration means to each component. Nothing else translates between the two.</summary>
internal static class ComponentOptions
{
    public static DeliveryOptions Delivery(ServerOptions options) => new()
    {
        HostName = options.Hostname,
        Domains = [.. options.Domains],
    };

    public static SmtpOptions Smtp(ServerOptions options, CertificateSource? certificate) => new()
    {
        HostName = options.Hostname,
        Reception = options.Listen.Smtp,
        Submission = options.Listen.Submission,
        Submissions = options.Listen.Submissions,
        Lmtp = options.Listen.Lmtp,
        Certificate = certificate,
        AllowPlainAuthOnLoopback = options.Tls.PlainLogins == PlainLogins.Loopback,
        MaxMessageSize = options.Limits.MessageSize.Octets,
        MaxRecipients = options.Limits.Recipients,
        MaxConnections = options.Limits.Connections,
        MaxConnectionsPerAddress = options.Limits.ConnectionsPerAddress,
    };

    /// <exception cref="StartException">The file with the relay's password can't be read.</exception>
    public static async Task<QueueOptions> QueueAsync(ServerOptions options, CancellationToken cancellationToken)
    {
        var relay = options.Delivery.SmartHost;
        var password = relay.User.Length == 0
            ? null
            : await ReadSecretAsync("delivery.smartHost.passwordFile", relay.PasswordFile, cancellationToken).ConfigureAwait(false);
        return new QueueOptions
        {
            SmartHost = relay.Host.Length == 0
                ? null
                : new SmartHost(relay.Host, relay.Port, relay.Tls, password is null ? null : relay.User, password),
            NameServers = [.. options.Dns.Servers.Select(server => server.EndPoint)],
        };
    }

    private static async Task<string> ReadSecretAsync(string key, string path, CancellationToken cancellationToken)
    {
        try
        {
            using var reader = new StreamReader(path);
            return await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { Length: > 0 } line
                ? line
                : throw new StartException($"{key}: {path} is empty; its first line has to be the secret");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"{key}: {path} can't be read: {exception.Message}", exception);
        }
    }
}
