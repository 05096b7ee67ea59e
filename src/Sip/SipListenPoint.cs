using System.Net;

namespace UnifiedMsg.Sip;

/// <summary>Where to listen, written <c>udp://127.0.0.1:5060</c>.</summary>
/// <param name="Transport">How.</param>
/// <param name="EndPoint">The address, or a wildcard address, and the port; port 0 takes a free one.</param>
public sealed record SipListenPoint(SipTransportKind Transport, IPEndPoint EndPoint)
{
    /// <summary>RFC 3261 §19.1.2: the port of SIP over UDP and TCP when none is named.</summary>
    public const int DefaultPort = 5060;

    /// <summary>Reads <c>udp://ADDRESS[:PORT]</c> or <c>tcp://ADDRESS[:PORT]</c>; an IPv6 address stands in brackets.</summary>
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
        point = new SipListenPoint(transport, named ? endPoint : new IPEndPoint(endPoint.Address, DefaultPort));
        return true;
    }

    /// <summary>Writes it in the form that <see cref="TryParse"/> reads.</summary>
    public override string ToString() => $"{(Transport == SipTransportKind.Udp ? "udp" : "tcp")}://{EndPoint}";
}
