using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace UnifiedMsg.Sip.Transports;

/// <summary>What a peer is told to reach us by: an address that it can reach.</summary>
internal sealed class OwnAddresses(string? advertisedHost)
{
    /// <summary>Peers whose route is remembered; beyond it the memory starts anew.</summary>
    private const int MaxRemembered = 4096;

    private readonly ConcurrentDictionary<IPAddress, IPAddress> _routes = new();

    /// <summary>
    /// Bound to an address, that one; bound to a wildcard, the one that the routing table chooses towards the peer. The advertised
    /// host takes its place for peers on other machines.
    /// </summary>
    public SipAddress Towards(IPAddress remote, IPEndPoint bound)
    {
        var address = IsWildcard(bound.Address) ? RouteTo(remote) : bound.Address;
        var host = advertisedHost is not null && !IPAddress.IsLoopback(remote) && !IPAddress.IsLoopback(address)
            ? advertisedHost
            : WithoutZone(address);
        return new SipAddress(host.Contains(':') && !host.StartsWith('[') ? $"[{host}]" : host, bound.Port, address);
    }

    /// <summary>The address as messages write it: the zone of a link means nothing on the other side, and the grammar of SIP has none.</summary>
    public static string WithoutZone(IPAddress address) =>
        address is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 } ? new IPAddress(address.GetAddressBytes()).ToString() : address.ToString();

    private static bool IsWildcard(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private IPAddress RouteTo(IPAddress remote)
    {
        if (_routes.TryGetValue(remote, out var known))
            return known;
        if (_routes.Count >= MaxRemembered)
            _routes.Clear();
        var address = AskRoutingTable(remote);
        _routes[remote] = address;
        return address;
    }

    // Connecting a UDP socket sends nothing; it makes the kernel choose the local address for that destination.
    private static IPAddress AskRoutingTable(IPAddress remote)
    {
        try
        {
            using var socket = new Socket(remote.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(remote, 9);
            return ((IPEndPoint)socket.LocalEndPoint!).Address;
        }
        catch (SocketException)
        {
            // No route: nothing that we say will be reached, and the send will tell.
            return remote.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Loopback : IPAddress.Loopback;
        }
    }
}
