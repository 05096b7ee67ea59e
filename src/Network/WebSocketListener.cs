using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.AspNetCore.WebSockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace UnifiedMsg.Network;

/// <summary>
/// Accepts WebSockets (RFC 6455) of one subprotocol and gives each to one handler. HTTP, the upgrade and the frames are Kestrel's and its
/// middleware's; limits, TLS and certificates are those of <see cref="StreamListener"/>.
/// </summary>
public sealed partial class WebSocketListener : IListener, IHttpApplication<HttpContext>
{
    private readonly StreamListenerOptions _options;
    private readonly string _subProtocol;
    private readonly Func<WebSocketConnection, CancellationToken, Task> _serve;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ConnectionGate _gate;
    private readonly WebSocketMiddleware _upgrade;
    private readonly List<KestrelServer> _servers = [];
    private readonly CancellationTokenSource _stopping = new();
    private int _stopped;

    /// <summary>Makes a listener that does nothing until <see cref="StartAsync"/>.</summary>
    /// <param name="options">Where and with which limits; the handshake time-out also holds for the request that asks for the WebSocket.</param>
    /// <param name="subProtocol">What is spoken; who offers it not is refused (RFC 6455 §4.2.2).</param>
    /// <param name="serve">Serves one WebSocket to its end. Its token is cancelled when the listener stops.</param>
    /// <param name="logger">Where the listener logs.</param>
    /// <param name="time">The clock of the time-outs.</param>
    public WebSocketListener(StreamListenerOptions options, string subProtocol,
        Func<WebSocketConnection, CancellationToken, Task> serve, ILogger logger, TimeProvider? time = null)
    {
        _gate = new ConnectionGate(options, logger);
        (_options, _subProtocol, _serve, _logger) = (options, subProtocol, serve, logger);
        _time = time ?? TimeProvider.System;
        _upgrade = new WebSocketMiddleware(AcceptAsync, Options.Create(new WebSocketOptions
        {
            KeepAliveInterval = WebSocketConnection.PingInterval,
            KeepAliveTimeout = WebSocketConnection.PongTimeout,
        }), NullLoggerFactory.Instance);
    }

    /// <inheritdoc/>
    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var endPoint in _options.EndPoints)
        {
            var server = CreateServer(endPoint);
            _servers.Add(server);
            try
            {
                await server.StartAsync(this, cancellationToken);
            }
            catch (Exception e) when (e is IOException or SocketException or AddressInUseException)
            {
                DisposeServers();
                throw new ListenException(_options.Name, endPoint, e);
            }
        }
        EndPoints = _servers.ConvertAll(BoundTo);
        foreach (var endPoint in EndPoints)
            _gate.TellListening(endPoint);
    }

    /// <inheritdoc/>
    public async Task StopAsync(TimeSpan drain)
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
            return;
        await _stopping.CancelAsync();
        using var limit = new CancellationTokenSource(drain, _time);
        await Task.WhenAll(_servers.Select(server => server.StopAsync(limit.Token)));
    }

    /// <summary>Stops without waiting for the handlers.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        DisposeServers();
        _stopping.Dispose();
    }

    HttpContext IHttpApplication<HttpContext>.CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    Task IHttpApplication<HttpContext>.ProcessRequestAsync(HttpContext context) => _upgrade.Invoke(context);

    void IHttpApplication<HttpContext>.DisposeContext(HttpContext context, Exception? exception)
    {
        // A client that went away is no fault of ours.
        if (exception is not null and not OperationCanceledException and not IOException and not System.Net.WebSockets.WebSocketException)
            Log.Failed(_logger, exception, _options.Name, context.Connection.Id);
    }

    private KestrelServer CreateServer(IPEndPoint endPoint)
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.RequestHeadersTimeout = _options.HandshakeTimeout;
        options.Limits.KeepAliveTimeout = _options.HandshakeTimeout;
        options.Limits.MaxRequestBodySize = 0;
        options.Listen(endPoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => context => AdmitAsync(context, next));
        });
        return new KestrelServer(Options.Create(options),
            new SocketTransportFactory(Options.Create(SocketOptions.For(_options)), NullLoggerFactory.Instance), NullLoggerFactory.Instance);
    }

    private static IPEndPoint BoundTo(KestrelServer server) =>
        IPEndPoint.Parse(new Uri(server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single()).Authority);

    // Limits and TLS come before HTTP.
    private Task AdmitAsync(ConnectionContext context, ConnectionDelegate next) => _gate.PassAsync(
        context.ConnectionId, (IPEndPoint)context.RemoteEndPoint!, () => ServeAsync(context, next), () =>
        {
            context.Abort();
            return Task.CompletedTask;
        });

    private async Task ServeAsync(ConnectionContext context, ConnectionDelegate next)
    {
        if (!_options.ImplicitTls)
        {
            await next(context);
            return;
        }
        await using var connection = new StreamConnection(context, _options, _time);
        await connection.HandshakeAsync(_stopping.Token);
        context.Transport = new Pipes(connection.Input, connection.Output);
        context.Features.Set(new ShownCertificate(connection.PeerCertificate));
        await next(context);
    }

    private async Task AcceptAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            // RFC 9110 §15.5.22
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            context.Response.Headers.Upgrade = "websocket";
            return;
        }
        if (!context.WebSockets.WebSocketRequestedProtocols.Contains(_subProtocol, StringComparer.OrdinalIgnoreCase))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync($"Sec-WebSocket-Protocol has to offer '{_subProtocol}'.\n");
            return;
        }
        using var socket = await context.WebSockets.AcceptWebSocketAsync(_subProtocol);
        var from = context.Connection;
        using var connection = new WebSocketConnection(from.Id, socket, new IPEndPoint(from.LocalIpAddress!, from.LocalPort),
            new IPEndPoint(from.RemoteIpAddress!, from.RemotePort), context.Features.Get<ShownCertificate>()?.Certificate);
        Log.Upgraded(_logger, _options.Name, connection.Id, connection.RemoteEndPoint);
        await _serve(connection, _stopping.Token);
    }

    private void DisposeServers()
    {
        foreach (var server in _servers)
            server.Dispose();
        _servers.Clear();
    }

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed record ShownCertificate(X509Certificate2? Certificate);

    private static partial class Log
    {
        [LoggerMessage(1031, LogLevel.Debug, "{Name} {Connection}: WebSocket from {Remote}")]
        public static partial void Upgraded(ILogger logger, string name, string connection, EndPoint remote);

        [LoggerMessage(1034, LogLevel.Error, "{Name} {Connection}: a fault of the server ended the connection")]
        public static partial void Failed(ILogger logger, Exception exception, string name, string connection);
    }
}
