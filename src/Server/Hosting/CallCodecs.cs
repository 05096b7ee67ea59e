using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Server.Hosting;

/// <summary>The codecs by the names that the configuration and the command line have for them.</summary>
internal static class CallCodecs
{
    /// <summary>What the configuration means on this machine.</summary>
    /// <exception cref="StartException">Nothing is left of it.</exception>
    public static CodecPreference Of(MediaSection section)
    {
        AudioCodec[] codecs = [.. section.Codecs.Distinct().SelectMany(Named)];
        return codecs.Length > 0
            ? new CodecPreference(codecs, section.CodecOrder == CodecOrder.Ours)
            : throw new StartException("media.codecs: opus alone can't be spoken, as libopus.so.0 is not installed; install it or add another codec");
    }

    /// <summary>The codecs of a name: none when its library is missing, several when it has several rates.</summary>
    public static IReadOnlyList<AudioCodec> Named(MediaCodec name) => name switch
    {
        MediaCodec.Opus => AudioCodec.Opus is { } opus ? [opus] : [],
        MediaCodec.G722 => [AudioCodec.G722],
        MediaCodec.Pcmu => [AudioCodec.Pcmu],
        MediaCodec.Pcma => [AudioCodec.Pcma],
        MediaCodec.L16 => AudioCodec.L16,
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };
}
