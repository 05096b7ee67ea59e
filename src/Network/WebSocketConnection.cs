using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;

namespace UnifiedMsg.Network;

/// <summary>One WebSocket (RFC 6455), accepted or made.</summary>
/// <param name="Id">The name of the connection in logs.</param>
/// <param name="Socket">What is said.</param>
/// <param name="LocalEndPoint">Our end.</param>
/// <param name="RemoteEndPoint">The other end.</param>
/// <param name="PeerCertificate">The certificate that the client has shown; null when it showed none.</param>
public sealed record WebSocketConnection(
    string Id, WebSocket Socket, IPEndPoint LocalEndPoint, IPEndPoint RemoteEndPoint, X509Certificate2? PeerCertificate) : IDisposable
{
    /// <summary>How long a peer may be silent before it is asked with a ping frame, and how long it may take to answer: less than what
    /// proxies on the way wait before they take a connection for dead (mostly 60 s).</summary>
    public static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(30);

    /// <summary>How long the answer to a ping frame may take before the connection is cut.</summary>
    public static readonly TimeSpan PongTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Connects to a peer.</summary>
    /// <param name="uri">As the peer calls itself: <c>ws://HOST:PORT</c> or <c>wss://HOST:PORT</c>.</param>
    /// <param name="remote">Where it is.</param>
    /// <param name="subProtocol">What will be spoken.</param>
    /// <param name="tls">For <c>wss</c>: whom to trust.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="WebSocketException">The peer can't be reached, or wants no such WebSocket.</exception>
    public static async Task<WebSocketConnection> ConnectAsync(
        Uri uri, IPEndPoint remote, string subProtocol, SslClientAuthenticationOptions? tls, CancellationToken cancellationToken)
    {
        var local = remote;
        using var handler = new SocketsHttpHandler { UseProxy = false };
        handler.ConnectCallback = async (_, token) =>
        {
            var stream = await OpenAsync(remote, token);
            local = (IPEndPoint)stream.Socket.LocalEndPoint!;
            return stream;
        };
        if (tls is not null)
            handler.SslOptions = tls;
        using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
        var client = new ClientWebSocket();
        try
        {
            client.Options.AddSubProtocol(subProtocol);
            client.Options.KeepAliveInterval = PingInterval;
            client.Options.KeepAliveTimeout = PongTimeout;
            await client.ConnectAsync(uri, invoker, cancellationToken);
            if (client.SubProtocol != subProtocol)
                throw new WebSocketException(WebSocketError.UnsupportedProtocol, $"{uri}: does not speak '{subProtocol}'");
            return new WebSocketConnection($"ws-{local.Port}", client, local, remote, null);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Socket.Dispose();

    private static async Task<NetworkStream> OpenAsync(IPEndPoint remote, CancellationToken cancellationToken)
    {
        var socket = new Socket(remote.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(remote, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
