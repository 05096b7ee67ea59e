using System.Net;
using UnifiedMsg.Media.Ice;

namespace UnifiedMsg.Media.Sdp;

/// <summary>The attribute family of ICE (RFC 8839 §5), as a lite side writes it.</summary>
internal static class IceAttributes
{
    // RFC 8839 §5.4: 4 to 256 characters.
    private const int MaxNameLength = 256;

    // RFC 8445 §5.1.2.1: type preference 126 of a host candidate, local preference 65535, component 1.
    private const uint HostPriority = 126u << 24 | 65535u << 8 | 255;

    /// <summary>RFC 8839 §5.3: of the session; the other side does all checks and chooses.</summary>
    public static SdpAttribute Lite { get; } = new("ice-lite");

    /// <summary>The name that the other side gave itself, of the stream or of the session; null when it does not speak ICE.</summary>
    public static string? RemoteName(SessionDescription session, MediaDescription media)
    {
        var name = media.Attribute("ice-ufrag") ?? session.Attributes.FirstOrDefault(attribute => attribute.Name == "ice-ufrag").Value;
        return name is { Length: >= 4 and <= MaxNameLength } && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/') ? name : null;
    }

    /// <summary>Our side of an answer: one candidate, where RTP is received.</summary>
    public static IEnumerable<SdpAttribute> Answer(IceParameters ice, IPEndPoint rtp) =>
    [
        new("ice-ufrag", ice.LocalName),
        new("ice-pwd", ice.Password),
        new("candidate", $"1 1 UDP {HostPriority} {rtp.Address} {rtp.Port} typ host"),
        new("end-of-candidates"),
    ];
}
