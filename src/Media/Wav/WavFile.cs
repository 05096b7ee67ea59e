using System.Buffers.Binary;
using System.Runtime.InteropServices;
using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Wav;

/// <summary>Whole WAV files.</summary>
public static class WavFile
{
    /// <summary>The largest file read, in bytes: more than four hours at 8 kHz, two at 16.</summary>
    public const long MaxLength = 256 * 1024 * 1024;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is no WAV file, of an encoding that we do not read, or too long.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static async Task<AudioClip> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (new FileInfo(path).Length > MaxLength)
            throw new InvalidDataException($"{path}: longer than {MaxLength} bytes");
        var file = await File.ReadAllBytesAsync(path, cancellationToken);
        return WavReader.TryRead(file, out var clip, out var error) ? clip : throw new InvalidDataException($"{path}: {error}");
    }

    /// <summary>Writes a clip as 16-bit mono PCM, replacing what is there.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    public static Task WriteAsync(string path, AudioClip clip, CancellationToken cancellationToken) =>
        File.WriteAllBytesAsync(path, Write(clip), cancellationToken);

    /// <summary>A clip as the bytes of a 16-bit mono PCM file.</summary>
    public static byte[] Write(AudioClip clip)
    {
        var samples = clip.Samples.Span;
        var file = new byte[WavHeader.Length + samples.Length * WavHeader.BytesPerSample];
        WavHeader.Write(file, clip.SampleRate, file.Length - WavHeader.Length);
        WriteSamples(samples, file.AsSpan(WavHeader.Length));
        return file;
    }

    /// <summary>A clip as the bytes of a file of any format; its rate is changed to that of the format.</summary>
    /// <exception cref="ArgumentException">There is no such format.</exception>
    public static byte[] Write(AudioClip clip, WavFormat format)
    {
        if (!format.IsKnown)
            throw new ArgumentException($"WAV files have no {format.Encoding} of {format.Bits} bits", nameof(format));
        var data = WavSamples.Encode(clip.Resample(format.SampleRate).Samples.Span, format);
        var samples = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(samples, data.Length / (format.BytesPerSample * format.Channels));
        byte[] fact = format.Encoding == WavEncoding.Pcm ? [] : Chunk("fact"u8, samples);
        byte[] chunks = [.. "WAVE"u8, .. Chunk("fmt "u8, format.Write()), .. fact, .. Chunk("data"u8, data)];
        return Chunk("RIFF"u8, chunks);
    }

    /// <summary>
    /// A file as the 16-bit mono PCM file that a speech recogniser wants: its rate raised by straight lines between samples, or lowered
    /// without aliasing.
    /// </summary>
    /// <param name="file">A WAV file.</param>
    /// <param name="sampleRate">The wanted rate, in Hz.</param>
    /// <exception cref="InvalidDataException">It can't be read.</exception>
    public static byte[] ForRecogniser(byte[] file, int sampleRate)
    {
        if (!WavReader.TryRead(file, out var clip, out var error))
            throw new InvalidDataException(error);
        return Write(clip.SampleRate >= sampleRate ? clip.Resample(sampleRate)
            : new AudioClip(LinearResampler.Resample(clip.Samples.Span, clip.SampleRate, sampleRate), sampleRate));
    }

    // The name and length are little endian; an odd length has a byte of padding behind it.
    private static byte[] Chunk(ReadOnlySpan<byte> name, ReadOnlySpan<byte> body)
    {
        var chunk = new byte[8 + body.Length + (body.Length & 1)];
        name.CopyTo(chunk);
        BinaryPrimitives.WriteInt32LittleEndian(chunk.AsSpan(4), body.Length);
        body.CopyTo(chunk.AsSpan(8));
        return chunk;
    }

    internal static void WriteSamples(ReadOnlySpan<short> samples, Span<byte> bytes)
    {
        var target = MemoryMarshal.Cast<byte, short>(bytes)[..samples.Length];
        if (BitConverter.IsLittleEndian)
            samples.CopyTo(target);
        else
            BinaryPrimitives.ReverseEndianness(samples, target);
    }
}
