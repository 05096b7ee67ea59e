using System.Globalization;

namespace UnifiedMsg.Media.Sdp;

/// <summary>The attribute family of packet lengths: <c>a=ptime</c> and <c>a=maxptime</c> (RFC 8866 §6.4, §6.5).</summary>
internal static class PtimeAttribute
{
    public const int Default = 20;
    private const int Shortest = 10;
    private const int Longest = 60;

    // RFC 8866 §6.4: a wish, not a condition. We follow it where it is a multiple of 10 ms and a packet stays small; maxptime is a condition.
    public static int Of(MediaDescription media)
    {
        var wish = Milliseconds(media.Attribute("ptime")) is { } ptime && ptime % Shortest == 0 && ptime is >= Shortest and <= Longest
            ? ptime : Default;
        if (Milliseconds(media.Attribute("maxptime")) is { } most && most < wish)
            wish = Math.Max(Shortest, most / Shortest * Shortest);
        return wish;
    }

    public static SdpAttribute Write(int milliseconds) => new("ptime", milliseconds.ToString(CultureInfo.InvariantCulture));

    private static int? Milliseconds(string? value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) ? milliseconds : null;
}
