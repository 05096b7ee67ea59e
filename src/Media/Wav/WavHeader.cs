using System.Buffers.Binary;

namespace UnifiedMsg.Media.Wav;

/// <summary>The 44 bytes before the samples of a mono 16-bit PCM file: RIFF, one <c>fmt </c> chunk, the head of the <c>data</c> chunk.</summary>
public static class WavHeader
{
    /// <summary>The length of the header that we write, in bytes.</summary>
    public const int Length = 44;

    /// <summary>Bytes of one sample.</summary>
    public const int BytesPerSample = 2;

    /// <summary>Writes the header.</summary>
    /// <param name="header">At least <see cref="Length"/> bytes.</param>
    /// <param name="sampleRate">In Hz.</param>
    /// <param name="dataLength">Bytes of samples that follow; the format ends at 4 GiB, above which the field stays at its largest value.</param>
    public static void Write(Span<byte> header, int sampleRate, long dataLength)
    {
        var data = (uint)Math.Min(dataLength, uint.MaxValue - Length);
        "RIFF"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], data + Length - 8);
        "WAVEfmt "u8.CopyTo(header[8..]);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], 16);
        BinaryPrimitives.WriteUInt16LittleEndian(header[20..], (ushort)WavEncoding.Pcm);
        BinaryPrimitives.WriteUInt16LittleEndian(header[22..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(header[24..], (uint)sampleRate);
        BinaryPrimitives.WriteUInt32LittleEndian(header[28..], (uint)(sampleRate * BytesPerSample));
        BinaryPrimitives.WriteUInt16LittleEndian(header[32..], BytesPerSample);
        BinaryPrimitives.WriteUInt16LittleEndian(header[34..], BytesPerSample * 8);
        "data"u8.CopyTo(header[36..]);
        BinaryPrimitives.WriteUInt32LittleEndian(header[40..], data);
    }
}
