using System.Net.Security;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Network;
using UnifiedMsg.Sip.Resolution;

namespace UnifiedMsg.Sip.Transports;

/// <summary>TCP, plain or inside TLS.</summary>
internal sealed class StreamTransport : ConnectionTransport
{
    public StreamTransport(SipTransportKind kind, SipOptions options, OwnAddresses own, TransportLayer layer, ILogger logger, TimeProvider time)
        : base(kind, options, own, layer, logger, time)
    {
        if (ListenerSettings.For(kind, options) is { } settings)
            Listener = new StreamListener(settings, AcceptAsync, logger, time);
    }

    protected override async Task OpenAsync(SipTarget target, Func<ConnectionFlow, Task> serve, CancellationToken cancellationToken)
    {
        SslClientAuthenticationOptions? tls = Kind.IsSecure ? DomainCertificates.ClientOptions(Options.Tls, target) : null;
        await using var connection = await StreamConnection.ConnectAsync(target.EndPoint, tls, Time, cancellationToken);
        await serve(FlowOf(connection, isOurs: true));
    }

    private Task AcceptAsync(StreamConnection connection, CancellationToken stopping) => ServeAsync(FlowOf(connection, isOurs: false), stopping);

    private StreamFlow FlowOf(StreamConnection connection, bool isOurs) =>
        new(Kind, connection, OwnAddress(connection.LocalEndPoint, connection.RemoteEndPoint), Settings(isOurs));
}
