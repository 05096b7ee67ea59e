using System.Globalization;

namespace UnifiedMsg.Media.Codecs;

/// <summary>
/// Opus through libopus (RFC 6716, RFC 7587), 16 kHz and mono: a voice has nothing above 8 kHz that anybody would miss in a message, and a
/// recogniser wants no more. The RTP clock is 48 kHz whatever is coded.
/// </summary>
internal sealed class OpusCodec : AudioCodec
{
    private const int Rate = 16000;

    private OpusCodec(string version) => Version = version;

    /// <summary>The version of the library.</summary>
    public string Version { get; }

    public override string Name => "opus";
    public override int ClockRate => 48000;
    public override int Channels => 2;
    public override int SampleRate => Rate;
    public override int? StaticPayloadType => null;

    // RFC 7587 §6.1: what we play and what we send ends at 8 kHz, and repair data is welcome.
    public override string Parameters => $"maxplaybackrate={Rate};sprop-maxcapturerate={Rate};stereo=0;useinbandfec=1";

    // RFC 6716 §2.1.4: packets of one frame have 10, 20, 40 or 60 ms.
    public override int PacketTime(int wish) => wish switch { < 20 => 10, < 40 => 20, < 60 => 40, _ => 60 };

    public override IAudioEncoder CreateEncoder(string parameters = "") => new OpusEncoder(Rate, OpusParameters.Parse(parameters));
    public override IAudioDecoder CreateDecoder() => new OpusDecoder(Rate);

    /// <summary>The codec, or null where the library is not installed.</summary>
    public static OpusCodec? TryLoad() => OpusLibrary.Version() is { } version ? new OpusCodec(version) : null;

    /// <inheritdoc/>
    public override string ToString() => $"{base.ToString()}/{Channels}";
}

/// <summary>What the other side says about itself (RFC 7587 §6.1). What is missing or makes no sense has the default of the standard.</summary>
/// <param name="Repairs">It wants repair data (useinbandfec).</param>
/// <param name="MaxPlaybackRate">The rate above which it plays nothing, in Hz.</param>
/// <param name="MaxBitrate">The most that it takes, in bit/s; null for no limit.</param>
/// <param name="ConstantBitrate">It wants packets of one size (cbr).</param>
internal readonly record struct OpusParameters(bool Repairs, int MaxPlaybackRate, int? MaxBitrate, bool ConstantBitrate)
{
    private const int HighestRate = 48000;

    public static OpusParameters Parse(string text)
    {
        var read = new OpusParameters(false, HighestRate, null, false);
        foreach (var parameter in text.Split(';', StringSplitOptions.TrimEntries))
        {
            var equals = parameter.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || !int.TryParse(parameter[(equals + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                continue;
            read = parameter[..equals].TrimEnd().ToLowerInvariant() switch
            {
                "useinbandfec" => read with { Repairs = value == 1 },
                "maxplaybackrate" when value is >= 8000 and <= HighestRate => read with { MaxPlaybackRate = value },
                "maxaveragebitrate" when value is >= 6000 and <= 510_000 => read with { MaxBitrate = value },
                "cbr" => read with { ConstantBitrate = value == 1 },
                _ => read,
            };
        }
        return read;
    }
}
