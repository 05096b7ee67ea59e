using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Wav;

/// <summary>
/// Reads WAV files: PCM of any depth, floating point, µ-law and A-law, any rate, any number of channels (mixed to one), RIFF and RF64
/// (EBU Tech 3306). A file whose sizes were never filled in, as one that is still being recorded, is read up to its end.
/// </summary>
public static class WavReader
{
    // RF64 says in the chunk ds64 how long data is, and has this in its place.
    private const uint InLongSizes = uint.MaxValue;

    /// <summary>Reads <paramref name="file"/>.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="clip">Its sound.</param>
    /// <param name="error">What is wrong with it.</param>
    public static bool TryRead(ReadOnlySpan<byte> file, [NotNullWhen(true)] out AudioClip? clip, [NotNullWhen(false)] out string? error)
    {
        clip = null;
        if (!IsWav(file))
        {
            error = "Not a WAV file";
            return false;
        }
        WavFormat? format = null;
        ulong longData = 0;
        var rest = file[12..];
        while (rest.Length >= 8)
        {
            var declared = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            var body = rest[8..];
            if (rest[..4].SequenceEqual("fmt "u8))
            {
                if (!WavFormat.TryRead(body[..(int)Math.Min(declared, (uint)body.Length)], out format, out error))
                    return false;
            }
            else if (rest[..4].SequenceEqual("ds64"u8) && body.Length >= 16)
            {
                longData = BinaryPrimitives.ReadUInt64LittleEndian(body[8..]);
            }
            else if (rest[..4].SequenceEqual("data"u8))
            {
                return TryReadData(Data(body, declared == InLongSizes ? longData : declared), format, out clip, out error);
            }
            // A chunk of odd length is followed by a byte of padding.
            var step = (long)declared + (declared & 1);
            if (step > body.Length)
                break;
            rest = body[(int)step..];
        }
        error = "WAV file without samples";
        return false;
    }

    /// <summary>Whether a file begins as a WAV file does.</summary>
    /// <param name="file">Its first twelve bytes at least.</param>
    public static bool IsWav(ReadOnlySpan<byte> file) =>
        file.Length >= 12 && (file[..4].SequenceEqual("RIFF"u8) || file[..4].SequenceEqual("RF64"u8)) && file[8..12].SequenceEqual("WAVE"u8);

    // A size of 0, or one beyond the end, is that of a recording whose header was not completed.
    private static ReadOnlySpan<byte> Data(ReadOnlySpan<byte> body, ulong declared) =>
        declared == 0 || declared > (ulong)body.Length ? body : body[..(int)declared];

    private static bool TryReadData(
        ReadOnlySpan<byte> data, WavFormat? format, [NotNullWhen(true)] out AudioClip? clip, [NotNullWhen(false)] out string? error)
    {
        clip = format is null ? null : new AudioClip(WavSamples.Decode(data, format), format.SampleRate);
        error = format is null ? "WAV file without format" : null;
        return format is not null;
    }
}
