using System.Net;
using System.Net.Sockets;

namespace UnifiedMsg.Sip.Identity;

/// <summary>
/// Fetches over HTTPS from an address that a stranger named. So: no redirects, no proxy, no cookies, few octets, little time, few at
/// once, and only from public addresses, judged when the connection is made so that a name can't change its mind in between.
/// </summary>
internal sealed class HttpsCredentialSource : ICredentialSource, IDisposable
{
    /// <summary>A chain of three certificates takes about 4 KB.</summary>
    private const int MaxOctets = 64 * 1024;

    /// <summary>Fetches at once: beyond it callers could make us a means of attack upon somebody's server.</summary>
    private const int MaxAtOnce = 16;

    private readonly IdentityOptions _options;
    private readonly SemaphoreSlim _turns = new(MaxAtOnce);
    private readonly HttpClient _client;

    public HttpsCredentialSource(IdentityOptions options)
    {
        _options = options;
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            MaxResponseHeadersLength = 16,
            ConnectCallback = ConnectAsync,
            SslOptions = { RemoteCertificateValidationCallback = options.ServerCheck },
        })
        {
            MaxResponseContentBufferSize = MaxOctets,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public async Task<FetchedCredential> FetchAsync(Uri address, CancellationToken cancellationToken)
    {
        if (address.Scheme != Uri.UriSchemeHttps || address.UserInfo.Length > 0)
            throw new HttpRequestException("the certificate is not at an https address");
        if (_options.Hosts.Count > 0 && !_options.Hosts.Contains(address.IdnHost, StringComparer.OrdinalIgnoreCase))
            throw new HttpRequestException($"{address.IdnHost} is not among the hosts that certificates may come from");
        await _turns.WaitAsync(cancellationToken);
        try
        {
            using var response = await _client.GetAsync(address, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK)
                throw new HttpRequestException($"{address.IdnHost} answered {(int)response.StatusCode}");
            return new FetchedCredential(await response.Content.ReadAsByteArrayAsync(cancellationToken), response.Headers.CacheControl?.MaxAge);
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _turns.Dispose();
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        if (!_options.AllowPrivateAddresses)
            addresses = [.. addresses.Where(PublicAddress.IsPublic)];
        if (addresses.Length == 0)
            throw new HttpRequestException($"{context.DnsEndPoint.Host} has no public address");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
