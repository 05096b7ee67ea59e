using System.Buffers.Binary;
using System.Security.Cryptography;

namespace UnifiedMsg.Store.Contents;

/// <summary>
/// The end of a file of frames: for each frame four octets (the stored length of its octets, the highest bit for compressed ones), the
/// length of the content (8), the count of frames (4), and a seal (16) over the header and all of these: with a key the tag of
/// <see cref="FrameCipher"/>, without one the first octets of a SHA-256. All numbers are big-endian. After the octets of a frame come 16
/// octets of tag, or without a key 4 octets of CRC-32C.
/// </summary>
internal sealed class BlobIndex
{
    /// <summary>Octets after the entries.</summary>
    public const int TailSize = 8 + 4 + SealSize;

    /// <summary>Octets of one entry.</summary>
    public const int EntrySize = 4;

    public const int SealSize = 16;
    public const int CheckSize = 4;

    private const uint Compressed = 1u << 31;

    private readonly long[] _offsets;
    private readonly uint[] _entries;

    private BlobIndex(long length, uint[] entries, long[] offsets) => (Length, _entries, _offsets) = (length, entries, offsets);

    /// <summary>Octets of the content.</summary>
    public long Length { get; }

    /// <summary>Where the stored octets of a frame begin in the file.</summary>
    public long OffsetOf(int frame) => _offsets[frame];

    /// <summary>The stored octets of a frame, without tag or check.</summary>
    public int StoredLengthOf(int frame) => (int)(_entries[frame] & ~Compressed);

    public bool IsCompressed(int frame) => (_entries[frame] & Compressed) != 0;

    /// <summary>The octets of a frame.</summary>
    public int LengthOf(int frame) => (int)Math.Min(BlobHeader.FrameSize, Length - ((long)frame * BlobHeader.FrameSize));

    public static uint Entry(int storedLength, bool isCompressed) => (uint)storedLength | (isCompressed ? Compressed : 0);

    /// <summary>The count of frames that the last <see cref="TailSize"/> octets of a file tell; false when it can't be.</summary>
    public static bool TryReadCount(ReadOnlySpan<byte> tail, long fileLength, out int count)
    {
        ulong length = BinaryPrimitives.ReadUInt64BigEndian(tail);
        uint told = BinaryPrimitives.ReadUInt32BigEndian(tail[8..]);
        count = (int)told;
        // Nothing is allocated for more entries than the file has room for.
        return told <= (fileLength - BlobHeader.Size - TailSize) / (EntrySize + CheckSize)
            && length <= (ulong)told * BlobHeader.FrameSize && (ulong)told == (length + BlobHeader.FrameSize - 1) / BlobHeader.FrameSize;
    }

    /// <summary>Reads the entries and the tail; false when they don't fit the file. The seal is not looked at.</summary>
    public static bool TryParse(ReadOnlySpan<byte> octets, long fileLength, bool isSealed, out BlobIndex? index)
    {
        index = null;
        if (octets.Length < TailSize || !TryReadCount(octets[^TailSize..], fileLength, out int count) || octets.Length != (count * EntrySize) + TailSize)
            return false;
        var parsed = new BlobIndex((long)BinaryPrimitives.ReadUInt64BigEndian(octets[^TailSize..]), new uint[count], new long[count]);
        long offset = BlobHeader.Size;
        for (int i = 0; i < count; i++)
        {
            parsed._entries[i] = BinaryPrimitives.ReadUInt32BigEndian(octets[(i * EntrySize)..]);
            parsed._offsets[i] = offset;
            int stored = parsed.StoredLengthOf(i), plain = parsed.LengthOf(i);
            if (parsed.IsCompressed(i) ? stored >= plain : stored != plain)
                return false;
            offset += stored + (isSealed ? FrameCipher.TagSize : CheckSize);
        }
        index = parsed;
        return offset + octets.Length == fileLength;
    }

    /// <summary>Writes entries and tail with its seal.</summary>
    public static byte[] Write(ReadOnlySpan<byte> header, IReadOnlyList<uint> entries, long length, FrameCipher? cipher)
    {
        byte[] octets = new byte[(entries.Count * EntrySize) + TailSize];
        for (int i = 0; i < entries.Count; i++)
            BinaryPrimitives.WriteUInt32BigEndian(octets.AsSpan(i * EntrySize), entries[i]);
        BinaryPrimitives.WriteInt64BigEndian(octets.AsSpan(^TailSize), length);
        BinaryPrimitives.WriteInt32BigEndian(octets.AsSpan(^(TailSize - 8)), entries.Count);
        Sign(header, octets.AsSpan(..^SealSize), cipher, octets.AsSpan(^SealSize));
        return octets;
    }

    /// <summary>Whether the seal at the end is that of header and index.</summary>
    public static bool IsSealGood(ReadOnlySpan<byte> header, ReadOnlySpan<byte> octets, FrameCipher? cipher)
    {
        Span<byte> expected = stackalloc byte[SealSize];
        Sign(header, octets[..^SealSize], cipher, expected);
        return CryptographicOperations.FixedTimeEquals(expected, octets[^SealSize..]);
    }

    /// <summary>CRC-32C (RFC 9260 appendix A), which processors compute themselves.</summary>
    public static uint Check(ReadOnlySpan<byte> octets)
    {
        uint crc = uint.MaxValue;
        for (; octets.Length >= sizeof(ulong); octets = octets[sizeof(ulong)..])
            crc = System.Numerics.BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(octets));
        foreach (byte octet in octets)
            crc = System.Numerics.BitOperations.Crc32C(crc, octet);
        return ~crc;
    }

    private static void Sign(ReadOnlySpan<byte> header, ReadOnlySpan<byte> index, FrameCipher? cipher, Span<byte> seal)
    {
        byte[] both = [.. header, .. index];
        if (cipher is not null)
            cipher.SignIndex(both, seal);
        else
            SHA256.HashData(both).AsSpan(0, SealSize).CopyTo(seal);
    }
}
