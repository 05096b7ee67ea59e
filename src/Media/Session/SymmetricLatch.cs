using System.Net;
using System.Runtime.CompilerServices;

namespace UnifiedMsg.Media.Session;

/// <summary>
/// Decides where a call's packets come from and so where ours go: a phone behind address translation names an address in its description
/// that we can't reach, but its packets show the one that we can. The first packet decides; for a few seconds the address of the description
/// still wins over any other, so that a stranger who was quicker does not keep the call. Then it is fixed until a new offer, so that
/// nobody who guesses the port can take the call over.
/// </summary>
internal sealed class SymmetricLatch
{
    /// <summary>For so long after the first packet the address of the description may take the place of another, in seconds.</summary>
    public const double Open = 3;

    private SocketAddress? _announced;
    private SocketAddress? _source;
    // The octets of the source, here and not in objects of their own: they are looked at for each packet.
    private Octets _octets;
    private int _length;
    private double _since;

    /// <summary>Where to send; null while nobody knows.</summary>
    public SocketAddress? Destination => _source ?? _announced;

    /// <summary>True when a source was seen.</summary>
    public bool HasSource => _source is not null;

    /// <summary>True when the other side has chosen its source and proved that it is its own.</summary>
    public bool IsFixed => HasSource && double.IsNegativeInfinity(_since);

    /// <summary>A new offer or answer names an address: the first packet decides anew, unless it names the one in use.</summary>
    public void Announce(SocketAddress? address)
    {
        var same = _announced is not null && address is not null && _announced.Equals(address);
        _announced = address;
        if (!same)
            (_source, _length) = (null, 0);
    }

    /// <summary>The other side has chosen this source, and proved that it is its own: it is fixed at once.</summary>
    public void Fix(SocketAddress source)
    {
        Take(source);
        _since = double.NegativeInfinity;
    }

    /// <summary>True when a packet from <paramref name="from"/> belongs to the call.</summary>
    /// <param name="from">Where it came from; copied if it is to be kept.</param>
    /// <param name="now">In seconds of a steady clock.</param>
    public bool Accepts(SocketAddress from, double now)
    {
        if (!Allows(from, now))
            return false;
        if (_source is null)
            _since = now;
        if (!IsSource(from))
            Take(from);
        return true;
    }

    /// <summary>As <see cref="Accepts"/>, of a packet that is still to be checked: it decides nothing.</summary>
    public bool Allows(SocketAddress from, double now) =>
        _source is null || IsSource(from) || now - _since <= Open && _announced is not null && _announced.Equals(from);

    /// <summary>A copy of an address that a receiver will use again.</summary>
    public static SocketAddress Copy(SocketAddress address)
    {
        var copy = new SocketAddress(address.Family, address.Size);
        address.Buffer.Span[..address.Size].CopyTo(copy.Buffer.Span);
        return copy;
    }

    private bool IsSource(SocketAddress from) => _length > 0 && from.Buffer.Span[..from.Size].SequenceEqual(_octets[.._length]);

    private void Take(SocketAddress source)
    {
        _source = Copy(source);
        _length = source.Size;
        source.Buffer.Span[.._length].CopyTo(_octets);
    }

    // Room for an address of IPv6.
    [InlineArray(28)]
    private struct Octets
    {
        private byte _first;
    }
}
