using System.Globalization;
using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Media.Sdp;

/// <summary>The attribute family of payload types: <c>a=rtpmap</c> (RFC 8866 §6.6) and the static types of RFC 3551.</summary>
internal static class RtpMapAttribute
{
    public const string TelephoneEvent = "telephone-event";

    // The encoding of a payload type: what rtpmap says, else the static table, of which we need only what we can decode.
    public static bool TryEncoding(MediaDescription media, string format, IReadOnlyList<AudioCodec> codecs, out string name, out int clockRate)
    {
        foreach (var attribute in media.Attributes)
        {
            if (attribute.Name == "rtpmap" && attribute.Value is { } value && TryParse(value, out var mapped, out name, out clockRate)
                && mapped == format)
                return true;
        }
        foreach (var codec in codecs)
        {
            if (codec.StaticPayloadType is { } type && type.ToString(CultureInfo.InvariantCulture) == format)
            {
                name = codec.Name;
                clockRate = codec.ClockRate;
                return true;
            }
        }
        name = "";
        clockRate = 0;
        return false;
    }

    public static bool TryPayloadType(string format, out int payloadType) =>
        int.TryParse(format, NumberStyles.None, CultureInfo.InvariantCulture, out payloadType) && payloadType <= 127;

    public static SdpAttribute Write(int payloadType, string name, int clockRate) => new("rtpmap", $"{payloadType} {name}/{clockRate}");

    // <payload type> <encoding name>/<clock rate>[/<channels>]; we take one channel only, which is also what its absence means.
    private static bool TryParse(string value, out string format, out string name, out int clockRate)
    {
        format = name = "";
        clockRate = 0;
        var space = value.IndexOf(' ', StringComparison.Ordinal);
        if (space <= 0)
            return false;
        var parts = value[(space + 1)..].Trim().Split('/');
        if (parts.Length < 2 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out clockRate))
            return false;
        if (parts.Length > 2 && parts[2].Trim() != "1")
            return false;
        format = value[..space];
        name = parts[0];
        return true;
    }
}
