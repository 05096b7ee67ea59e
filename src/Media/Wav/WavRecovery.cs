using System.Buffers.Binary;

namespace UnifiedMsg.Media.Wav;

/// <summary>
/// Repairs a recording whose process died: the header gets the sizes that the file really has. Works for a file cut at any byte, also one
/// without a whole header, because the recorder always writes mono 16-bit PCM behind a header of fixed length.
/// </summary>
public static class WavRecovery
{
    /// <summary>Repairs the file in place and syncs it. Doing so twice changes nothing.</summary>
    /// <param name="path">The file, which nobody writes any more.</param>
    /// <param name="sampleRate">The rate to assume when the header did not reach the disk, in Hz.</param>
    /// <param name="cancellationToken">Stops before the file is changed.</param>
    /// <returns>What the file now holds.</returns>
    /// <exception cref="IOException">The file can't be read or written.</exception>
    public static async Task<RecoveredWav> RepairAsync(string path, int sampleRate, CancellationToken cancellationToken)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, FileOptions.Asynchronous);
        var length = RandomAccess.GetLength(file);
        var header = new byte[WavHeader.Length];
        await RandomAccess.ReadAsync(file, header, 0, cancellationToken);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(24)) is > 0 and <= 384_000 and var written && header.AsSpan(0, 4).SequenceEqual("RIFF"u8))
            sampleRate = (int)written;
        var data = Math.Max(0, length - WavHeader.Length) / WavHeader.BytesPerSample * WavHeader.BytesPerSample;
        var right = new byte[WavHeader.Length];
        WavHeader.Write(right, sampleRate, data);
        var changed = length != WavHeader.Length + data || !header.AsSpan().SequenceEqual(right);
        if (changed)
        {
            await RandomAccess.WriteAsync(file, right, 0, CancellationToken.None);
            RandomAccess.SetLength(file, WavHeader.Length + data);
            RandomAccess.FlushToDisk(file);
        }
        return new RecoveredWav(TimeSpan.FromSeconds((double)data / WavHeader.BytesPerSample / sampleRate), sampleRate, changed);
    }
}

/// <summary>What a recording holds after its repair.</summary>
/// <param name="Duration">How long it plays.</param>
/// <param name="SampleRate">In Hz.</param>
/// <param name="Changed">False when it was whole.</param>
public readonly record struct RecoveredWav(TimeSpan Duration, int SampleRate, bool Changed);
