using System.Net.Sockets;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Transports;

/// <summary>Finds the way for a request of ours (RFC 3261 §8.1.2, RFC 3263 §4).</summary>
internal sealed class RequestRouter(SipOptions options, TransportLayer transports)
{
    private readonly ISipResolver _resolver = options.Resolver ?? new SystemSipResolver();

    /// <summary>The next hop: a strict router, else the first Route, else the Request-URI.</summary>
    public static SipUri NextHop(SipRequest request) =>
        request.StrictRouter
        ?? (NameAddress.TryParse(request.Headers.FirstValue(SipHeaderNames.Route), out var route) && route.Uri.IsLooseRouter
            ? route.Uri
            : request.Uri);

    /// <summary>
    /// The way to that hop. A TCP connection that leads to the same address is used as it is, whatever port the URI names: a phone
    /// behind it may listen nowhere. What can't be resolved goes where the dialog came from.
    /// </summary>
    /// <exception cref="SocketException">Nobody is there.</exception>
    /// <exception cref="TimeoutException">Nobody answered in time.</exception>
    public async ValueTask<SipFlow> FlowToAsync(SipUri hop, SipFlow? known, CancellationToken cancellationToken)
    {
        if (known is { Kind: SipTransportKind.Tcp, IsOpen: true } && hop.Address is { } address && address.Equals(known.Remote.Address))
            return known;
        var targets = await _resolver.ResolveAsync(hop, cancellationToken);
        if (targets.Count == 0)
            return known is { IsOpen: true } ? known : throw new SocketException((int)SocketError.HostNotFound);
        for (var i = 0; ; i++)
        {
            try
            {
                return await transports.FlowToAsync(targets[i], cancellationToken);
            }
            catch (Exception e) when (e is SocketException or TimeoutException && i + 1 < targets.Count)
            {
                // RFC 3263 §4.3: the next address may work.
            }
        }
    }
}
