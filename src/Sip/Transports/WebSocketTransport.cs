using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Network;
using UnifiedMsg.Sip.Resolution;

namespace UnifiedMsg.Sip.Transports;

/// <summary>WebSockets (RFC 7118), plain or inside TLS.</summary>
internal sealed class WebSocketTransport : ConnectionTransport
{
    public WebSocketTransport(SipTransportKind kind, SipOptions options, OwnAddresses own, TransportLayer layer, ILogger logger, TimeProvider time)
        : base(kind, options, own, layer, logger, time)
    {
        if (ListenerSettings.For(kind, options) is { } settings)
            Listener = new WebSocketListener(settings, WebSocketFlow.SubProtocol, AcceptAsync, logger, time);
    }

    protected override async Task OpenAsync(SipTarget target, Func<ConnectionFlow, Task> serve, CancellationToken cancellationToken)
    {
        using var connection = await ConnectAsync(target, cancellationToken);
        await serve(FlowOf(connection, isOurs: true));
    }

    private async Task<WebSocketConnection> ConnectAsync(SipTarget target, CancellationToken cancellationToken)
    {
        var name = target.Name ?? target.EndPoint.Address.ToString();
        var uri = new UriBuilder(Kind.Scheme, name.Trim('[', ']'), target.EndPoint.Port).Uri;
        var tls = Kind.IsSecure ? DomainCertificates.ClientOptions(Options.Tls, target) : null;
        try
        {
            return await WebSocketConnection.ConnectAsync(uri, target.EndPoint, WebSocketFlow.SubProtocol, tls, cancellationToken);
        }
        catch (WebSocketException e)
        {
            // The reason lies beneath the layers of HTTP.
            throw e.GetBaseException() is SocketException or AuthenticationException ? e.GetBaseException() : new IOException(e.Message, e);
        }
    }

    private Task AcceptAsync(WebSocketConnection connection, CancellationToken stopping) => ServeAsync(FlowOf(connection, isOurs: false), stopping);

    private WebSocketFlow FlowOf(WebSocketConnection connection, bool isOurs) =>
        new(Kind, connection, OwnAddress(connection.LocalEndPoint, connection.RemoteEndPoint), Settings(isOurs));
}
