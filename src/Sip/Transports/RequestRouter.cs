using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Resolution;

namespace UnifiedMsg.Sip.Transports;

/// <summary>Finds the way for a request of ours (RFC 3261 §8.1.2, RFC 3263 §4).</summary>
/// <param name="options">The resolver.</param>
/// <param name="transports">Where ways begin.</param>
/// <param name="sizeOver">The size in octets of a request that goes by that way, with all that is still added to it.</param>
/// <param name="time">The clock.</param>
internal sealed class RequestRouter(SipOptions options, TransportLayer transports, Func<SipRequest, SipFlow, int> sizeOver, TimeProvider time)
{
    /// <summary>
    /// RFC 3261 §18.1.1: the longest request in octets that goes by UDP where nobody knows what the path carries. A longer one would
    /// arrive in fragments, which firewalls drop.
    /// </summary>
    public const int MaxDatagramRequest = 1300;

    private readonly ISipResolver _resolver = options.Resolver ?? new DnsSipResolver(options);

    /// <summary>Whom not to ask first.</summary>
    public DeadTargets Dead { get; } = new(time);

    /// <summary>The next hop: a strict router, else the first Route, else the Request-URI.</summary>
    public static SipUri NextHop(SipRequest request) =>
        request.StrictRouter
        ?? (NameAddress.TryParse(request.Headers.FirstValue(SipHeaderNames.Route), out var route) && route.Uri.IsLooseRouter
            ? route.Uri
            : request.Uri);

    /// <summary>
    /// Whether the way that a dialog came about by is the way to that hop. A connection that leads to the same address is, whatever port
    /// the URI names: a phone behind it may listen nowhere. The client of a WebSocket is reached by nothing else (RFC 7118 §5.2).
    /// </summary>
    public static bool Leads(SipFlow? known, SipUri hop) =>
        known is { IsReliable: true, IsOpen: true } && (hop.Scheme != "sips" || known.Kind.IsSecure)
        && (known.Kind.IsWebSocket || hop.Address is { } address && address.Equals(known.Remote.Address));

    /// <summary>The addresses of that hop, those that were dead lately behind the others.</summary>
    public async ValueTask<IReadOnlyList<SipTarget>> ResolveAsync(SipUri hop, CancellationToken cancellationToken) =>
        Dead.Sort(await _resolver.ResolveAsync(hop, cancellationToken));

    /// <summary>The way to a target for this request, or for any.</summary>
    /// <exception cref="Exception">Of a kind that <see cref="IsUnreachable"/> knows.</exception>
    public async ValueTask<SipFlow> OpenAsync(SipTarget target, SipRequest? request, CancellationToken cancellationToken)
    {
        var flow = await transports.FlowToAsync(target, cancellationToken);
        return request is not null && !flow.IsReliable && sizeOver(request, flow) > MaxDatagramRequest
            ? await OpenForLargeAsync(target, cancellationToken) ?? flow
            : flow;
    }

    /// <summary>
    /// A new way for a response whose connection is gone: to the port that Via names at the address that the request came from
    /// (RFC 3261 §18.2.2), then to the servers of the name in Via (RFC 3263 §5). Null when there is none.
    /// </summary>
    public async Task<SipFlow?> FlowOfLostResponseAsync(SipRequest request, SipFlow lost, CancellationToken cancellationToken)
    {
        // RFC 7118 §5.2: nobody can connect to the client of a WebSocket.
        if (request.TopVia is not { } via || lost.Kind.IsWebSocket)
            return null;
        var source = new SipTarget(lost.Kind, new IPEndPoint(lost.Remote.Address, via.Port ?? lost.Kind.DefaultPort), via.Host);
        if (await TryOpenAsync(source, cancellationToken) is { } back)
            return back;
        var uri = SipUri.Create(null, via.Host, via.Port, lost.Kind.UriParameter);
        if (uri.Address is not null)
            return null;
        foreach (var target in await _resolver.ResolveAsync(uri, cancellationToken))
        {
            if (await TryOpenAsync(target, cancellationToken) is { } flow)
                return flow;
        }
        return null;
    }

    public static bool IsUnreachable(Exception e) => e is SocketException or TimeoutException or IOException or AuthenticationException;

    // RFC 3261 §18.1.1: by TCP, and by UDP all the same when the peer has none.
    private ValueTask<SipFlow?> OpenForLargeAsync(SipTarget target, CancellationToken cancellationToken)
    {
        var stream = target with { Transport = SipTransportKind.Tcp };
        return Dead.Contains(stream) ? new((SipFlow?)null) : TryOpenAsync(stream, cancellationToken);
    }

    private async ValueTask<SipFlow?> TryOpenAsync(SipTarget target, CancellationToken cancellationToken)
    {
        try
        {
            return await transports.FlowToAsync(target, cancellationToken);
        }
        catch (Exception e) when (IsUnreachable(e))
        {
            Dead.Add(target);
            return null;
        }
    }
}
