using System.Net;

namespace UnifiedMsg.Media.Session;

/// <summary>
/// Decides where a call's packets come from and so where ours go: a phone behind address translation names an address in its description
/// that we can't reach, but its packets show the one that we can. The first packets decide; while they do, the address of the description
/// wins over any other. Then it is fixed until a new offer, so that nobody who guesses the port can take the call over.
/// </summary>
internal sealed class SymmetricLatch
{
    // Five packets of one source: 100 ms of a usual stream.
    private const int PacketsToFix = 5;

    private SocketAddress? _announced;
    private SocketAddress? _source;
    private int _packets;

    /// <summary>Where to send; null while nobody knows.</summary>
    public SocketAddress? Destination => _source ?? _announced;

    /// <summary>True when a source was seen.</summary>
    public bool HasSource => _source is not null;

    /// <summary>A new offer or answer names an address: the first packets decide anew, unless it names the one in use.</summary>
    public void Open(SocketAddress? address)
    {
        var same = _announced is not null && address is not null && _announced.Equals(address);
        _announced = address;
        if (same)
            return;
        _packets = 0;
        _source = null;
    }

    /// <summary>The other side has chosen this source, and proved that it is its own: it is fixed at once.</summary>
    public void Fix(SocketAddress source)
    {
        _source = Copy(source);
        _packets = PacketsToFix;
    }

    /// <summary>True when a packet from <paramref name="from"/> belongs to the call.</summary>
    public bool Accepts(SocketAddress from)
    {
        if (_source is not null && _source.Equals(from))
        {
            if (_packets < PacketsToFix)
                _packets++;
            return true;
        }
        if (_source is not null && (_packets >= PacketsToFix || _announced is null || !_announced.Equals(from)))
            return false;
        _source = Copy(from);
        _packets = 1;
        return true;
    }

    private static SocketAddress Copy(SocketAddress address)
    {
        var copy = new SocketAddress(address.Family, address.Size);
        address.Buffer.Span[..address.Size].CopyTo(copy.Buffer.Span);
        return copy;
    }
}
