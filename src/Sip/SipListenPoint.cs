using System.Net;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip;

/// <summary>Where to listen, written <c>udp://127.0.0.1:5060</c>.</summary>
/// <param name="Transport">How.</param>
/// <param name="EndPoint">The address, or a wildcard address, and the port; port 0 takes a free one.</param>
public sealed record SipListenPoint(SipTransportKind Transport, IPEndPoint EndPoint)
{
    /// <summary>
    /// Reads <c>udp://ADDRESS[:PORT]</c>, or the same with <c>tcp</c>, <c>tls</c>, <c>ws</c> or <c>wss</c>; an IPv6 address stands in
    /// brackets. Without a port, that of the transport (RFC 3261 §19.1.2, RFC 7118 §5.3).
    /// </summary>
    public static bool TryParse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SipListenPoint? point)
    {
        point = null;
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0 || !Enum.TryParse<SipTransportKind>(text[..scheme], ignoreCase: true, out var transport) || char.IsDigit(text[0]))
            return false;
        var address = text.AsSpan(scheme + 3).TrimEnd('/');
        if (!IPEndPoint.TryParse(address, out var endPoint))
            return false;
        var named = address.Contains('.') ? address.Contains(':') : address.Contains("]:", StringComparison.Ordinal);
        point = new SipListenPoint(transport, named ? endPoint : new IPEndPoint(endPoint.Address, transport.DefaultPort));
        return true;
    }

    /// <summary>Writes it in the form that <see cref="TryParse"/> reads.</summary>
    public override string ToString() => $"{Transport.Scheme}://{EndPoint}";
}
