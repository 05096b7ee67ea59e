using System.Net;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Network;

/// <summary>Lets connections in up to the limits of a listener, and sees to it that what goes wrong with one ends that one only.</summary>
internal sealed partial class ConnectionGate
{
    private readonly string _name;
    private readonly ILogger _logger;
    private readonly ConnectionLimiter _limiter;

    /// <exception cref="ArgumentException">The listener is to begin with TLS and has no certificate.</exception>
    public ConnectionGate(StreamListenerOptions options, ILogger logger)
    {
        if (options is { ImplicitTls: true, Certificate: null })
            throw new ArgumentException("Implicit TLS needs a certificate.", nameof(options));
        (_name, _logger) = (options.Name, logger);
        _limiter = new ConnectionLimiter(options.MaxConnections, options.MaxConnectionsPerAddress);
    }

    /// <summary>The listener has taken an endpoint.</summary>
    public void TellListening(EndPoint endPoint) => Log.Listening(_logger, _name, endPoint);

    /// <summary>A connection is served to its end, or refused.</summary>
    /// <param name="id">Its name in logs.</param>
    /// <param name="remote">Where it comes from.</param>
    /// <param name="serve">Serves it and lets it go.</param>
    /// <param name="refuse">Lets it go, one connection too many.</param>
    public async Task PassAsync(string id, IPEndPoint remote, Func<Task> serve, Func<Task> refuse)
    {
        var entered = _limiter.TryEnter(remote.Address);
        try
        {
            if (entered)
            {
                Log.Accepted(_logger, _name, id, remote);
                await serve();
            }
            else
            {
                Log.Refused(_logger, _name, id, remote);
                await refuse();
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or TimeoutException or AuthenticationException)
        {
            Log.Ended(_logger, _name, id, e.Message);
        }
        catch (Exception e)
        {
            // A fault of ours ends this connection only.
            Log.Failed(_logger, e, _name, id);
        }
        finally
        {
            if (entered)
                _limiter.Leave(remote.Address);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1000, LogLevel.Information, "{Name} listens on {EndPoint}")]
        public static partial void Listening(ILogger logger, string name, EndPoint endPoint);

        [LoggerMessage(1001, LogLevel.Debug, "{Name} {Connection}: connection from {Remote}")]
        public static partial void Accepted(ILogger logger, string name, string connection, EndPoint remote);

        [LoggerMessage(1002, LogLevel.Warning, "{Name} {Connection}: refused {Remote}: too many connections")]
        public static partial void Refused(ILogger logger, string name, string connection, EndPoint remote);

        [LoggerMessage(1003, LogLevel.Debug, "{Name} {Connection}: ended: {Reason}")]
        public static partial void Ended(ILogger logger, string name, string connection, string reason);

        [LoggerMessage(1004, LogLevel.Error, "{Name} {Connection}: a fault of the server ended the connection")]
        public static partial void Failed(ILogger logger, Exception exception, string name, string connection);
    }
}
