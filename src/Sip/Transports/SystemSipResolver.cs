using System.Net;
using System.Net.Sockets;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Transports;

/// <summary>
/// Addresses as they are, names by the system's resolver; the transport by the URI, UDP when it names none (RFC 3263 §4.1, without
/// NAPTR and SRV).
/// </summary>
public sealed class SystemSipResolver : ISipResolver
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SipTarget>> ResolveAsync(SipUri uri, CancellationToken cancellationToken)
    {
        if (!uri.IsSip || TransportOf(uri) is not { } transport)
            return new ValueTask<IReadOnlyList<SipTarget>>([]);
        var port = uri.Port ?? SipListenPoint.DefaultPort;
        return uri.Address is { } address
            ? new ValueTask<IReadOnlyList<SipTarget>>([new SipTarget(transport, new IPEndPoint(address, port))])
            : LookUpAsync(uri.Host, port, transport, cancellationToken);
    }

    private static SipTransportKind? TransportOf(SipUri uri) => uri.Parameters["transport"]?.ToLowerInvariant() switch
    {
        null or "" or "udp" => uri.Scheme == "sips" ? null : SipTransportKind.Udp,
        "tcp" => uri.Scheme == "sips" ? null : SipTransportKind.Tcp,
        _ => null,
    };

    private static async ValueTask<IReadOnlyList<SipTarget>> LookUpAsync(
        string host, int port, SipTransportKind transport, CancellationToken cancellationToken)
    {
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(host, cancellationToken);
            return [.. addresses.Select(a => new SipTarget(transport, new IPEndPoint(a, port)))];
        }
        catch (SocketException)
        {
            // The name is not known, or nobody could be asked: for the caller the host can't be reached either way.
            return [];
        }
    }
}
