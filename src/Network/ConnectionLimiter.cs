using System.Net;
using System.Net.Sockets;

namespace UnifiedMsg.Network;

/// <summary>Counts connections in all and by client address.</summary>
internal sealed class ConnectionLimiter(int total, int perAddress)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _byAddress = [];
    private int _count;

    public bool TryEnter(IPAddress address)
    {
        var key = KeyOf(address);
        lock (_lock)
        {
            _byAddress.TryGetValue(key, out var mine);
            if (_count >= total || mine >= perAddress)
                return false;
            _count++;
            _byAddress[key] = mine + 1;
            return true;
        }
    }

    public void Leave(IPAddress address)
    {
        var key = KeyOf(address);
        lock (_lock)
        {
            _count--;
            var mine = _byAddress[key] - 1;
            if (mine == 0)
                _byAddress.Remove(key);
            else
                _byAddress[key] = mine;
        }
    }

    // One customer usually holds a whole /64 of IPv6, so that a limit by single address would be none.
    private static IPAddress KeyOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out _);
        octets[8..].Clear();
        return new IPAddress(octets);
    }
}
