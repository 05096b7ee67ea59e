using System.Globalization;
using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Media.Sdp;

/// <summary>One of the formats of an audio stream: a codec under its payload type.</summary>
/// <param name="Codec">The codec.</param>
/// <param name="PayloadType">Its number.</param>
/// <param name="Parameters">What the other side says about it in <c>a=fmtp</c>; empty for nothing.</param>
internal readonly record struct AudioFormat(AudioCodec Codec, int PayloadType, string Parameters);

/// <summary>Which formats of an audio stream we speak, and how ours are written.</summary>
internal static class AudioFormats
{
    // There are no more payload types; a line of thousands is hostile.
    private const int MaxFormats = 128;

    private const int FirstDynamicType = 96;

    // The number that phones know best for telephone-events at 8 kHz; those of further clocks follow it.
    private const int TelephoneEventType = 101;

    /// <summary>The codec that is to be spoken: the first of the other side's that we have, or the first of ours that it has.</summary>
    public static AudioFormat? Choose(MediaDescription media, IReadOnlyList<AudioCodec> codecs, bool oursFirst)
    {
        AudioFormat? chosen = null;
        var rank = int.MaxValue;
        foreach (var format in media.Formats.Take(MaxFormats))
        {
            if (!TryFind(media, format, codecs, out var found, out var index) || index >= rank)
                continue;
            (chosen, rank) = (found, index);
            if (!oursFirst)
                break;
        }
        return chosen;
    }

    /// <summary>The payload type of a codec in a stream.</summary>
    public static int? PayloadTypeOf(MediaDescription media, AudioCodec codec)
    {
        foreach (var format in media.Formats.Take(MaxFormats))
        {
            if (TryFind(media, format, [codec], out var found, out _))
                return found.PayloadType;
        }
        return null;
    }

    /// <summary>
    /// The payload type of telephone-events and their clock rate. RFC 4733 §2.1: they have the clock rate of the audio that they interrupt.
    /// Phones that offer another one only send it all the same, and a key is a key.
    /// </summary>
    public static (int PayloadType, int ClockRate)? TelephoneEvents(MediaDescription media, int clockRate) =>
        Find(media, RtpMapAttribute.TelephoneEvent, clockRate) ?? Find(media, RtpMapAttribute.TelephoneEvent, null);

    /// <summary>The payload type of comfort noise, whose clock is that of the audio.</summary>
    public static int? ComfortNoiseType(MediaDescription media, int clockRate) => Find(media, ComfortNoise.Name, clockRate)?.PayloadType;

    private static (int PayloadType, int ClockRate)? Find(MediaDescription media, string name, int? clockRate)
    {
        foreach (var format in media.Formats.Take(MaxFormats))
        {
            if (RtpMapAttribute.TryPayloadType(format, out var type) && RtpMapAttribute.TryEncoding(media, format, [], out var encoding)
                && encoding.ClockRate == (clockRate ?? encoding.ClockRate) && encoding.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return (type, encoding.ClockRate);
        }
        return null;
    }

    /// <summary>Writes the codecs that we offer, and telephone-events for each of their clocks: RFC 4733 §2.1 wants both to be the same.</summary>
    public static void WriteOffer(IReadOnlyList<AudioCodec> codecs, List<string> formats, List<SdpAttribute> attributes)
    {
        codecs = [.. codecs.Where(codec => codec.IsOffered)];
        var clocks = codecs.Select(codec => codec.ClockRate).Distinct().OrderBy(clock => clock != 8000).ToList();
        var dynamicType = FirstDynamicType;
        foreach (var codec in codecs)
        {
            Write(new AudioFormat(codec, codec.StaticPayloadType ?? dynamicType++, ""), formats, attributes);
            if (dynamicType == TelephoneEventType)
                dynamicType += clocks.Count;
        }
        for (var i = 0; i < clocks.Count; i++)
            WriteTelephoneEvent(TelephoneEventType + i, clocks[i], formats, attributes);
    }

    /// <summary>Writes a codec.</summary>
    public static void Write(AudioFormat format, List<string> formats, List<SdpAttribute> attributes)
    {
        var codec = format.Codec;
        Write(new RtpEncoding(codec.Name, codec.ClockRate, codec.Channels), format.PayloadType, formats, attributes);
        if (codec.Parameters is { } parameters)
            attributes.Add(new SdpAttribute("fmtp", $"{format.PayloadType} {parameters}"));
    }

    /// <summary>Writes telephone-events. RFC 4733 §2.4.1: events 0 to 15 are the keys 0-9, *, # and A-D.</summary>
    public static void WriteTelephoneEvent(int type, int clockRate, List<string> formats, List<SdpAttribute> attributes)
    {
        Write(new RtpEncoding(RtpMapAttribute.TelephoneEvent, clockRate, 1), type, formats, attributes);
        attributes.Add(new SdpAttribute("fmtp", $"{type} 0-15"));
    }

    /// <summary>Writes comfort noise.</summary>
    public static void WriteComfortNoise(int type, int clockRate, List<string> formats, List<SdpAttribute> attributes) =>
        Write(new RtpEncoding(ComfortNoise.Name, clockRate, 1), type, formats, attributes);

    private static void Write(RtpEncoding encoding, int type, List<string> formats, List<SdpAttribute> attributes)
    {
        formats.Add(type.ToString(CultureInfo.InvariantCulture));
        attributes.Add(RtpMapAttribute.Write(type, encoding));
    }

    private static bool TryFind(MediaDescription media, string format, IReadOnlyList<AudioCodec> codecs, out AudioFormat found, out int index)
    {
        found = default;
        index = 0;
        if (!RtpMapAttribute.TryPayloadType(format, out var type) || !RtpMapAttribute.TryEncoding(media, format, codecs, out var encoding))
            return false;
        for (; index < codecs.Count; index++)
        {
            var codec = codecs[index];
            if (codec.ClockRate != encoding.ClockRate || codec.Channels != encoding.Channels
                || !codec.Name.Equals(encoding.Name, StringComparison.OrdinalIgnoreCase))
                continue;
            found = new AudioFormat(codec, type, Parameters(media, format));
            return true;
        }
        return false;
    }

    // RFC 8866 §6.15: a=fmtp:<format> <parameters>
    private static string Parameters(MediaDescription media, string format)
    {
        foreach (var attribute in media.Attributes)
        {
            if (attribute is { Name: "fmtp", Value: { } value } && value.StartsWith(format, StringComparison.Ordinal)
                && value.Length > format.Length && value[format.Length] == ' ')
                return value[(format.Length + 1)..].Trim();
        }
        return "";
    }
}
