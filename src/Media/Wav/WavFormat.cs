using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace UnifiedMsg.Media.Wav;

/// <summary>The format tags of WAV files.</summary>
public enum WavEncoding
{
    /// <summary>Linear samples: 8 bits without sign, 16, 24 or 32 with it.</summary>
    Pcm = 1,

    /// <summary>Floating point of 32 or 64 bits, where 1 is full scale.</summary>
    Float = 3,

    /// <summary>G.711 A-law.</summary>
    ALaw = 6,

    /// <summary>G.711 µ-law.</summary>
    MuLaw = 7,
}

/// <summary>How the samples of a WAV file are written.</summary>
/// <param name="Encoding">The tag.</param>
/// <param name="Bits">Bits of a sample; those of PCM stand in as many bytes as they need.</param>
/// <param name="Channels">How many samples lie side by side.</param>
/// <param name="SampleRate">In Hz.</param>
public sealed record WavFormat(WavEncoding Encoding, int Bits, int Channels, int SampleRate)
{
    private const int MaxChannels = 32;
    private const int MaxSampleRate = 384_000;
    private const int ShortestChunk = 16;

    // WAVE_FORMAT_EXTENSIBLE carries the real tag as the first two bytes of its sub-format.
    private const ushort Extensible = 0xFFFE;
    private const int SubFormat = 24;

    // The rest of the sub-formats that are nothing but a tag: 0000-0010-8000-00AA00389B71.
    private static ReadOnlySpan<byte> TagSubFormat => [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];

    /// <summary>Bytes of a sample.</summary>
    public int BytesPerSample => (Bits + 7) / 8;

    /// <summary>Whether samples of this kind exist.</summary>
    public bool IsKnown => Encoding switch
    {
        WavEncoding.Pcm => Bits is > 0 and <= 32,
        WavEncoding.Float => Bits is 32 or 64,
        WavEncoding.ALaw or WavEncoding.MuLaw => Bits == 8,
        _ => false,
    };

    /// <summary>Reads the body of a <c>fmt </c> chunk.</summary>
    public static bool TryRead(ReadOnlySpan<byte> chunk, [NotNullWhen(true)] out WavFormat? format, [NotNullWhen(false)] out string? error)
    {
        format = null;
        error = "WAV file with a malformed format";
        if (chunk.Length < ShortestChunk)
            return false;
        var tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk);
        if (tag == Extensible && chunk.Length >= SubFormat + 16 && chunk[(SubFormat + 2)..(SubFormat + 16)].SequenceEqual(TagSubFormat))
            tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk[SubFormat..]);
        int channels = BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]);
        var rate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]);
        if (channels is 0 or > MaxChannels || rate is 0 or > MaxSampleRate)
            return false;
        var read = new WavFormat((WavEncoding)tag, bits, channels, (int)rate);
        if (!read.IsKnown)
        {
            error = $"WAV encoding {tag} with {bits} bits is not supported; use PCM of 8, 16, 24 or 32 bits, floating point, µ-law or A-law";
            return false;
        }
        (format, error) = (read, null);
        return true;
    }

    /// <summary>Writes the body of a <c>fmt </c> chunk; what is no PCM has the empty extension that the format asks for.</summary>
    internal byte[] Write()
    {
        var chunk = new byte[Encoding == WavEncoding.Pcm ? ShortestChunk : ShortestChunk + 2];
        var block = BytesPerSample * Channels;
        BinaryPrimitives.WriteUInt16LittleEndian(chunk, (ushort)Encoding);
        BinaryPrimitives.WriteUInt16LittleEndian(chunk.AsSpan(2), (ushort)Channels);
        BinaryPrimitives.WriteUInt32LittleEndian(chunk.AsSpan(4), (uint)SampleRate);
        BinaryPrimitives.WriteUInt32LittleEndian(chunk.AsSpan(8), (uint)(SampleRate * block));
        BinaryPrimitives.WriteUInt16LittleEndian(chunk.AsSpan(12), (ushort)block);
        BinaryPrimitives.WriteUInt16LittleEndian(chunk.AsSpan(14), (ushort)Bits);
        return chunk;
    }
}
