using System.Net;
using System.Net.Sockets;

namespace UnifiedMsg.Sip.Guard;

/// <summary>Whom a limit is for.</summary>
internal static class SourceAddress
{
    /// <summary>The IPv4 address, or the /64 of IPv6: one customer usually holds a whole one, so that a limit by address would be none.</summary>
    public static IPAddress KeyOf(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out _);
        octets[8..].Clear();
        return new IPAddress(octets);
    }
}
