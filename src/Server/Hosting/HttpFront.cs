using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UnifiedMsg.Server.Hosting;

/// <summary>Answers one path of the HTTP listener.</summary>
public delegate Task HttpAnswer(HttpContext context);

/// <summary>
/// The HTTP listener: Kestrel without the web application builder, which would take longer to start than all the rest of the
/// server. A table of paths is all the routing there is.
/// </summary>
public sealed partial class HttpFront : IAsyncDisposable, IHttpApplication<HttpContext>
{
    // Requests here have no body worth mentioning; nobody needs much.
    private const int MaxConnections = 256;
    private const int MaxRequestBody = 64 * 1024;

    private readonly KestrelServer _server;
    private readonly IReadOnlyDictionary<string, HttpAnswer> _answers;
    private readonly ILogger _logger;

    /// <summary>Prepares the listener.</summary>
    /// <param name="endPoints">Where to listen; port 0 takes a free one.</param>
    /// <param name="answers">What answers which path; GET and HEAD only.</param>
    /// <param name="loggers">The log.</param>
    public HttpFront(IReadOnlyList<IPEndPoint> endPoints, IReadOnlyDictionary<string, HttpAnswer> answers, ILoggerFactory loggers)
    {
        _answers = answers;
        _logger = loggers.CreateLogger<HttpFront>();
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxConcurrentConnections = MaxConnections;
        options.Limits.MaxRequestBodySize = MaxRequestBody;
        foreach (var endPoint in endPoints)
            options.Listen(endPoint);
        _server = new KestrelServer(Options.Create(options), new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers), loggers);
    }

    /// <summary>The endpoints with their actual ports, after the start.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints =>
        [.. _server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Select(address => IPEndPoint.Parse(new Uri(address).Authority))];

    /// <summary>Takes the endpoints.</summary>
    /// <exception cref="IOException">One of them can't be had.</exception>
    public Task StartAsync(CancellationToken cancellationToken) => _server.StartAsync(this, cancellationToken);

    /// <summary>Lets requests end until the token fires.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _server.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _server.Dispose();
        return ValueTask.CompletedTask;
    }

    HttpContext IHttpApplication<HttpContext>.CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    async Task IHttpApplication<HttpContext>.ProcessRequestAsync(HttpContext context)
    {
        if (!_answers.TryGetValue(context.Request.Path.Value ?? "", out var answer))
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        else if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            // RFC 9110 §15.5.6: a 405 names what would have been right.
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = "GET, HEAD";
        }
        else
            await answer(context);
    }

    void IHttpApplication<HttpContext>.DisposeContext(HttpContext context, Exception? exception)
    {
        // A client that went away is no fault of ours.
        if (exception is not null and not OperationCanceledException and not ConnectionAbortedException)
            Log.Failed(_logger, exception, context.TraceIdentifier, context.Request.Path);
    }

    private static partial class Log
    {
        [LoggerMessage(10020, LogLevel.Error, "HTTP {Connection}: {Path} failed")]
        public static partial void Failed(ILogger logger, Exception exception, string connection, string path);
    }
}
