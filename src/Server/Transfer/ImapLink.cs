using System.Net;
using System.Net.Sockets;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;
using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Server.Transfer;

/// <summary>One connection to the other server. When it is lost it is made again, some times, and what was asked for is asked for again.</summary>
internal sealed class ImapLink(ImapAddress address, string password, ImapTrust trust, TimeProvider time) : IDisposable
{
    // A server that restarts is back within half a minute; one that is gone must not be asked for ever.
    private static readonly TimeSpan[] Pauses = [.. new[] { 0, 1, 2, 4, 8, 16 }.Select(seconds => TimeSpan.FromSeconds(seconds))];

    private ImapClient? _client;

    /// <summary>Runs a step that needs no open folder.</summary>
    public Task<T> RunAsync<T>(Func<ImapClient, Task<T>> step, CancellationToken cancellationToken) =>
        TryAgainAsync(async () => await step(await ClientAsync(cancellationToken)), cancellationToken);

    /// <summary>Runs a step on a folder, which is opened for reading only.</summary>
    public Task<T> RunAsync<T>(string folder, Func<IMailFolder, Task<T>> step, CancellationToken cancellationToken) => TryAgainAsync(
        async () =>
        {
            var client = await ClientAsync(cancellationToken);
            var opened = folder == client.Inbox!.FullName ? client.Inbox : await client.GetFolderAsync(folder, cancellationToken);
            if (!opened.IsOpen)
                await opened.OpenAsync(FolderAccess.ReadOnly, cancellationToken);
            return await step(opened);
        },
        cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _client?.Dispose();

    private async Task<T> TryAgainAsync<T>(Func<Task<T>> step, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await step();
            }
            catch (Exception lost) when (IsLost(lost))
            {
                _client?.Dispose();
                _client = null;
                if (attempt == Pauses.Length)
                    throw new TransferException($"{address.Host}:{address.Port} can't be reached: {lost.Message}", lost);
                await Task.Delay(Pauses[attempt], time, cancellationToken);
            }
        }
    }

    private static bool IsLost(Exception fault) =>
        fault is IOException or SocketException or ImapProtocolException or ServiceNotConnectedException or TimeoutException;

    private async ValueTask<ImapClient> ClientAsync(CancellationToken cancellationToken)
    {
        if (_client is { IsAuthenticated: true })
            return _client;
        _client?.Dispose();
        var client = _client = new ImapClient
        {
            // Revocation lists are out of reach of many servers; the system's own rules hold for the rest.
            CheckCertificateRevocation = false,
            ServerCertificateValidationCallback = (_, certificate, _, errors) => trust.Accepts(certificate, errors),
        };
        var security = address.IsTls ? SecureSocketOptions.SslOnConnect
            : IsLoopback(address.Host) ? SecureSocketOptions.StartTlsWhenAvailable : SecureSocketOptions.StartTls;
        try
        {
            await client.ConnectAsync(address.Host, address.Port, security, cancellationToken);
            client.AuthenticationMechanisms.Remove("XOAUTH2");
        }
        catch (Exception refusal) when (refusal is SslHandshakeException or System.Security.Authentication.AuthenticationException)
        {
            throw new TransferException(
                $"{address.Host}:{address.Port} has no certificate that is trusted here for this name; --certificate FILE names one", refusal);
        }
        catch (NotSupportedException refusal)
        {
            throw new TransferException($"{address.Host}:{address.Port} offers no TLS, and a password goes over TLS only: {refusal.Message}", refusal);
        }
        await LogInAsync(client, cancellationToken);
        return client;
    }

    // Never tried again, and in one way only: a server that ends the connection over a wrong password would soon shut us out, and its last
    // words then are a farewell and not the reason.
    private async Task LogInAsync(ImapClient client, CancellationToken cancellationToken)
    {
        try
        {
            if (client.AuthenticationMechanisms.Contains("PLAIN"))
                await client.AuthenticateAsync(new SaslMechanismPlain(address.User, password), cancellationToken);
            else
                await client.AuthenticateAsync(address.User, password, cancellationToken);
        }
        catch (Exception refusal) when (refusal is AuthenticationException || IsLost(refusal))
        {
            throw new TransferException($"{address.Host} does not let {address.User} in: {refusal.Message}", refusal);
        }
    }

    private static bool IsLoopback(string host) => host == "localhost" || (IPAddress.TryParse(host, out var parsed) && IPAddress.IsLoopback(parsed));
}
