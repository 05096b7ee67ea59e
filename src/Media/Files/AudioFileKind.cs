namespace UnifiedMsg.Media.Files;

/// <summary>The kinds of audio files that people bring and take.</summary>
public enum AudioFileKind
{
    /// <summary>WAV, which is read and written without help.</summary>
    Wav,

    /// <summary>MPEG-1 and MPEG-2 layer III, by ffmpeg.</summary>
    Mp3,

    /// <summary>Opus in Ogg (RFC 7845), by ffmpeg; Vorbis and others in Ogg are read too.</summary>
    Ogg,
}

/// <summary>Tells the kinds apart.</summary>
public static class AudioFileKinds
{
    /// <summary>How many octets at the beginning of a file tell its kind.</summary>
    public const int HeadLength = 12;

    /// <summary>The kind of a file by its first octets; its name says nothing for certain. Null when it is none of them.</summary>
    public static AudioFileKind? Of(ReadOnlySpan<byte> head)
    {
        if (Wav.WavReader.IsWav(head))
            return AudioFileKind.Wav;
        if (head.StartsWith("OggS"u8))
            return AudioFileKind.Ogg;
        // A tag before the sound, or a frame: eleven bits of synchronisation, and layer III.
        return head.StartsWith("ID3"u8) || head.Length >= 2 && head[0] == 0xFF && (head[1] & 0xE6) == 0xE2 ? AudioFileKind.Mp3 : null;
    }

    /// <summary>What the names of such files end with, without a dot.</summary>
    public static string Extension(this AudioFileKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>The media type below <c>audio/</c> (RFC 3003, RFC 5334).</summary>
    public static string MediaSubtype(this AudioFileKind kind) => kind switch
    {
        AudioFileKind.Mp3 => "mpeg",
        AudioFileKind.Ogg => "ogg",
        _ => "wav",
    };
}
