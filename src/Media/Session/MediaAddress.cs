using System.Net;
using System.Net.Sockets;

namespace UnifiedMsg.Media.Session;

/// <summary>Which of our addresses goes into a description.</summary>
public static class MediaAddress
{
    /// <summary>
    /// The address that <paramref name="remote"/> can reach: the one we are bound to, or, bound to all, that of the interface through which
    /// packets to it leave. No packet is sent to find out.
    /// </summary>
    /// <exception cref="SocketException">There is no way to it.</exception>
    public static IPAddress Reaching(IPAddress bound, IPEndPoint remote)
    {
        if (!bound.Equals(IPAddress.Any) && !bound.Equals(IPAddress.IPv6Any))
            return bound;
        using var probe = new Socket(remote.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        probe.Connect(remote);
        return ((IPEndPoint)probe.LocalEndPoint!).Address;
    }
}
