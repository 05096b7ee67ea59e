namespace UnifiedMsg.Media.Sdp;

/// <summary>The transport protocols of an <c>m=</c> line that we speak.</summary>
internal static class MediaProfile
{
    // RFC 3551. RTP/AVPF (RFC 4585) only adds feedback that nobody is obliged to send.
    public const string Plain = "RTP/AVP";

    // RFC 3711 §12, and with feedback RFC 5124.
    public const string Secure = "RTP/SAVP";

    public static bool IsPlain(string protocol) => protocol is Plain or "RTP/AVPF";

    public static bool IsSecure(string protocol) => protocol is Secure or "RTP/SAVPF";

    // RFC 5764 §8: keys come of a handshake.
    public static bool IsDtls(string protocol) => protocol is "UDP/TLS/RTP/SAVPF" or "UDP/TLS/RTP/SAVP";
}
