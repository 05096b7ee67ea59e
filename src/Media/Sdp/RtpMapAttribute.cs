using System.Globalization;
using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Media.Sdp;

/// <summary>What a payload type means.</summary>
/// <param name="Name">The encoding name.</param>
/// <param name="ClockRate">Ticks of the RTP timestamp per second.</param>
/// <param name="Channels">Channels; 1 when nothing is said.</param>
internal readonly record struct RtpEncoding(string Name, int ClockRate, int Channels);

/// <summary>The attribute family of payload types: <c>a=rtpmap</c> (RFC 8866 §6.6) and the static types of RFC 3551.</summary>
internal static class RtpMapAttribute
{
    public const string TelephoneEvent = "telephone-event";

    // The encoding of a payload type: what rtpmap says, else the static table, of which we need only what we can decode.
    public static bool TryEncoding(MediaDescription media, string format, IReadOnlyList<AudioCodec> codecs, out RtpEncoding encoding)
    {
        foreach (var attribute in media.Attributes)
        {
            if (attribute is { Name: "rtpmap", Value: { } value } && TryParse(value, format, out encoding))
                return true;
        }
        foreach (var codec in codecs)
        {
            if (codec.StaticPayloadType is { } type && type.ToString(CultureInfo.InvariantCulture) == format)
            {
                encoding = new RtpEncoding(codec.Name, codec.ClockRate, codec.Channels);
                return true;
            }
        }
        encoding = new RtpEncoding(ComfortNoise.Name, 8000, 1);
        return format == ComfortNoise.StaticPayloadType.ToString(CultureInfo.InvariantCulture);
    }

    public static bool TryPayloadType(string format, out int payloadType) =>
        int.TryParse(format, NumberStyles.None, CultureInfo.InvariantCulture, out payloadType) && payloadType <= 127;

    public static SdpAttribute Write(int payloadType, RtpEncoding encoding) =>
        new("rtpmap", $"{payloadType} {encoding.Name}/{encoding.ClockRate}{(encoding.Channels == 1 ? "" : $"/{encoding.Channels}")}");

    // <payload type> <encoding name>/<clock rate>[/<channels>]; one channel is what its absence means.
    private static bool TryParse(string value, string format, out RtpEncoding encoding)
    {
        encoding = default;
        if (value.Length <= format.Length || value[format.Length] != ' ' || !value.StartsWith(format, StringComparison.Ordinal))
            return false;
        var parts = value[(format.Length + 1)..].Trim().Split('/');
        if (parts.Length < 2 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var clockRate))
            return false;
        var channels = 1;
        if (parts.Length > 2 && !int.TryParse(parts[2].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out channels))
            return false;
        encoding = new RtpEncoding(parts[0], clockRate, channels);
        return true;
    }
}
