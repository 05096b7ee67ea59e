using System.Security.Cryptography;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Fuzz;

/// <summary>Fuzz targets of what the store reads from its disk, which may be damaged, restored from anywhere, or changed by somebody.</summary>
public static class StoreTargets
{
    private const int MostOctets = 1 << 20;

    /// <summary>The target: a file of frames as it is, and once more with a seal that is right, so that what lies behind is reached.</summary>
    public static void Blob(ReadOnlySpan<byte> input)
    {
        var octets = input.ToArray();
        Read(octets);
        if (octets.Length < BlobHeader.Size + BlobIndex.TailSize || !BlobIndex.TryReadCount(octets.AsSpan(^BlobIndex.TailSize..), octets.Length, out var count)) return;
        var start = octets.Length - BlobIndex.TailSize - (count * BlobIndex.EntrySize);
        if (start < BlobHeader.Size) return;
        byte[] signed = [.. octets.AsSpan(0, BlobHeader.Size), .. octets.AsSpan(start..^BlobIndex.SealSize)];
        SHA256.HashData(signed).AsSpan(0, BlobIndex.SealSize).CopyTo(octets.AsSpan(^BlobIndex.SealSize));
        Read(octets);
    }

    /// <summary>The target: octets that a row or a frame says are compressed.</summary>
    public static void Compressed(ReadOnlySpan<byte> input)
    {
        foreach (var size in (int[])[0, 1, 5_000, BlobHeader.FrameSize])
            Compression.TryDecompress(input, new byte[size]);
        try
        {
            if (new PackedBody(input.ToArray(), ContentForm.Zstd).Unpack(new byte[32], 5_000, null).Length != 5_000)
                throw new InvalidOperationException("A body of another size.");
        }
        catch (DamagedContentException)
        {
            // What damage is for.
        }
    }

    /// <summary>The target: a file of keys.</summary>
    public static void Keys(ReadOnlySpan<byte> input)
    {
        try
        {
            using var keys = ContentKeys.Parse("keys", input);
            if (!keys.All.Contains(keys.Current) || keys.All.Select(key => key.Id).Distinct().Count() != keys.All.Count)
                throw new InvalidOperationException("Keys that can't be told apart.");
            var stored = RowSeal.Seal(keys.Current, SealedPart.Body, new byte[32], input);
            if (!input.SequenceEqual(RowSeal.Open(keys.Current, SealedPart.Body, new byte[32], stored)))
                throw new InvalidOperationException("A key that does not read what it wrote.");
        }
        catch (ContentKeyException)
        {
            // Told with file and line.
        }
    }

    private static void Read(byte[] octets)
    {
        try
        {
            var name = octets.Length < BlobHeader.Size ? new byte[BlobHeader.NameSize] : octets[8..40];
            using var stream = BlobStream.Open(new Memory(octets), name, KeyRing.Empty, _ => { });
            var buffer = new byte[10_000];
            long total = 0;
            while (total < MostOctets && stream.Read(buffer) is var read and > 0) total += read;
            if (total < MostOctets && total != stream.Length) throw new InvalidOperationException("A content that ends before its length.");
            stream.Position = stream.Length / 2;
            stream.ReadByte();
        }
        catch (ContentException)
        {
            // Missing key or damage.
        }
    }

    private sealed class Memory(byte[] octets) : IBlobFile
    {
        public long Length => octets.Length;

        public int Read(Span<byte> target, long offset)
        {
            var count = (int)Math.Min(target.Length, Math.Max(0, octets.Length - offset));
            octets.AsSpan((int)Math.Min(offset, octets.Length), count).CopyTo(target);
            return count;
        }

        public ValueTask<int> ReadAsync(Memory<byte> target, long offset, CancellationToken cancellationToken) => new(Read(target.Span, offset));

        public void Dispose()
        {
        }
    }
}
