using System.Globalization;
using System.Net;

namespace UnifiedMsg.Media.Sdp;

/// <summary>
/// The attribute family of RTCP: <c>a=rtcp</c> (RFC 3605), without which RTCP goes to the port above RTP (RFC 3550 §11), and
/// <c>a=rtcp-mux</c> (RFC 5761 §5.1.1), with which it shares that of RTP if both sides say so.
/// </summary>
internal static class RtcpAttribute
{
    // Also in offers: whoever does not know it leaves it out of the answer, and RTCP has its own port.
    public static SdpAttribute Mux { get; } = new("rtcp-mux");

    public static bool IsMux(MediaDescription media) => media.Attributes.Contains(Mux);

    // port [nettype addrtype address]
    public static IPEndPoint? Of(MediaDescription media, IPEndPoint rtp)
    {
        var parts = media.Attribute("rtcp")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (parts.Length == 0 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is 0 or > 65535)
            return rtp.Port < 65535 ? new IPEndPoint(rtp.Address, rtp.Port + 1) : null;
        return new IPEndPoint(parts.Length == 4 && IPAddress.TryParse(parts[3], out var address) ? address : rtp.Address, port);
    }
}
