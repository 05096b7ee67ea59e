using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Media.Wav;

/// <summary>
/// Reads WAV files: 16-bit PCM, µ-law and A-law, any rate, any number of channels (mixed to one). A file whose sizes were never filled in,
/// as one that is still being recorded, is read up to its end.
/// </summary>
public static class WavReader
{
    private const int MaxChannels = 32;
    private const int MaxSampleRate = 384_000;
    private const ushort Extensible = 0xFFFE;

    /// <summary>Reads <paramref name="file"/>.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="clip">Its sound.</param>
    /// <param name="error">What is wrong with it.</param>
    public static bool TryRead(ReadOnlySpan<byte> file, [NotNullWhen(true)] out AudioClip? clip, [NotNullWhen(false)] out string? error)
    {
        clip = null;
        if (file.Length < 12 || !file[..4].SequenceEqual("RIFF"u8) || !file[8..12].SequenceEqual("WAVE"u8))
        {
            error = "Not a WAV file";
            return false;
        }
        Format? format = null;
        var rest = file[12..];
        while (rest.Length >= 8)
        {
            var declared = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            var body = rest[8..];
            if (rest[..4].SequenceEqual("fmt "u8))
            {
                if (!Format.TryRead(body[..(int)Math.Min(declared, (uint)body.Length)], out format, out error))
                    return false;
            }
            else if (rest[..4].SequenceEqual("data"u8))
            {
                return TryReadData(Data(body, declared), format, out clip, out error);
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

    // A size of 0, or one beyond the end, is that of a recording whose header was not completed.
    private static ReadOnlySpan<byte> Data(ReadOnlySpan<byte> body, uint declared) =>
        declared == 0 || declared > body.Length ? body : body[..(int)declared];

    private static bool TryReadData(
        ReadOnlySpan<byte> data, Format? format, [NotNullWhen(true)] out AudioClip? clip, [NotNullWhen(false)] out string? error)
    {
        clip = format is null ? null : new AudioClip(Mix(Decode(data, format), format.Channels), format.SampleRate);
        error = format is null ? "WAV file without format" : null;
        return format is not null;
    }

    private static short[] Decode(ReadOnlySpan<byte> data, Format format)
    {
        if (format.Encoding != WavEncoding.Pcm)
        {
            var decoded = new short[data.Length];
            (format.Encoding == WavEncoding.ALaw ? AudioCodec.Pcma : AudioCodec.Pcmu).CreateDecoder().Decode(data, decoded);
            return decoded;
        }
        var samples = new short[data.Length / 2];
        if (BitConverter.IsLittleEndian)
            MemoryMarshal.Cast<byte, short>(data).CopyTo(samples);
        else
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, short>(data), samples);
        return samples;
    }

    private static short[] Mix(short[] samples, int channels)
    {
        if (channels == 1)
            return samples;
        var mono = new short[samples.Length / channels];
        for (var i = 0; i < mono.Length; i++)
        {
            var sum = 0;
            for (var channel = 0; channel < channels; channel++)
                sum += samples[i * channels + channel];
            mono[i] = (short)(sum / channels);
        }
        return mono;
    }

    private sealed record Format(WavEncoding Encoding, int Channels, int SampleRate)
    {
        public static bool TryRead(
            ReadOnlySpan<byte> chunk, [NotNullWhen(true)] out Format? format, [NotNullWhen(false)] out string? error)
        {
            format = null;
            error = "WAV file with a malformed format";
            if (chunk.Length < 16)
                return false;
            var tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk);
            // The extensible format carries the real tag as the first two bytes of its sub-format.
            if (tag == Extensible && chunk.Length >= 26)
                tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk[24..]);
            int channels = BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]);
            var rate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            int bits = BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]);
            if (channels is 0 or > MaxChannels || rate is 0 or > MaxSampleRate)
                return false;
            if ((WavEncoding)tag is not (WavEncoding.Pcm or WavEncoding.ALaw or WavEncoding.MuLaw)
                || bits != ((WavEncoding)tag == WavEncoding.Pcm ? 16 : 8))
            {
                error = $"WAV encoding {tag} with {bits} bits is not supported; use 16-bit PCM, µ-law or A-law";
                return false;
            }
            format = new Format((WavEncoding)tag, channels, (int)rate);
            error = null;
            return true;
        }
    }
}
