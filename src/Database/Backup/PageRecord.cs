using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;

namespace UnifiedMsg.Database.Backup;

/// <summary>
/// A record of a page chain: a header, compressed pages, and a SHA-256 over the hash of the record before it, the header and the
/// pages. So a record that is damaged, half-written or out of its place is known by its hash alone.
/// </summary>
/// <param name="Sequence">Counts from 1 within the chain.</param>
/// <param name="Time">When the commit was.</param>
/// <param name="PageCount">Pages of the database after the commit that this record ends; 0 when more of the same commit follows.</param>
/// <param name="PageSize">Octets of a page.</param>
/// <param name="Pages">Pages in this record.</param>
/// <param name="Length">Octets of the compressed pages.</param>
public sealed record PageRecord(long Sequence, DateTimeOffset Time, uint PageCount, int PageSize, int Pages, int Length)
{
    /// <summary>Octets of a header.</summary>
    public const int HeaderSize = 48;

    /// <summary>Octets of the hash at the end.</summary>
    public const int HashSize = SHA256.HashSizeInBytes;

    /// <summary>Most pages of one record: what a reader has to hold in memory.</summary>
    public const int MaxPages = 256;

    private const uint Magic = 0x554D5047; // "UMPG"
    private const int Version = 1;
    private const int MaxPageSize = 65536;

    /// <summary>Octets of the whole record.</summary>
    public long Size => HeaderSize + (long)Length + HashSize;

    /// <summary>Whether a commit is complete with it.</summary>
    public bool EndsCommit => PageCount > 0;

    /// <summary>What the first record of a chain follows: so a record of another chain does not fit.</summary>
    public static byte[] HashOfChain(string name) => SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name));

    /// <summary>Reads a header; false when it is none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> header, out PageRecord record)
    {
        record = new PageRecord(
            BinaryPrimitives.ReadInt64BigEndian(header[8..]),
            DatabaseTime.FromMicroseconds(Math.Clamp(BinaryPrimitives.ReadInt64BigEndian(header[16..]), 0, MaxTime)),
            BinaryPrimitives.ReadUInt32BigEndian(header[24..]), BinaryPrimitives.ReadInt32BigEndian(header[28..]),
            BinaryPrimitives.ReadInt32BigEndian(header[32..]), BinaryPrimitives.ReadInt32BigEndian(header[36..]));
        return BinaryPrimitives.ReadUInt32BigEndian(header) == Magic && BinaryPrimitives.ReadInt32BigEndian(header[4..]) == Version
            && record.PageSize is >= 512 and <= MaxPageSize && record.Pages is >= 0 and <= MaxPages
            && record.Length >= 0 && record.Length <= (MaxPages * (MaxPageSize + 4L)) + 1024;
    }

    /// <summary>Packs pages into a record; returns its octets, the hash last.</summary>
    public static byte[] Pack(
        long sequence, DateTimeOffset time, uint pageCount, int pageSize, IReadOnlyList<PageImage> pages, ReadOnlySpan<byte> hashBefore)
    {
        using var packed = new MemoryStream();
        packed.SetLength(HeaderSize);
        packed.Position = HeaderSize;
        Span<byte> number = stackalloc byte[4];
        using (var deflate = new DeflateStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            foreach (PageImage page in pages)
            {
                BinaryPrimitives.WriteUInt32BigEndian(number, page.Number);
                deflate.Write(number);
                deflate.Write(page.Octets.Span);
            }
        }
        int end = (int)packed.Length;
        packed.SetLength(end + HashSize);
        byte[] octets = packed.ToArray();
        Span<byte> header = octets;
        BinaryPrimitives.WriteUInt32BigEndian(header, Magic);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], Version);
        BinaryPrimitives.WriteInt64BigEndian(header[8..], sequence);
        BinaryPrimitives.WriteInt64BigEndian(header[16..], DatabaseTime.ToMicroseconds(time));
        BinaryPrimitives.WriteUInt32BigEndian(header[24..], pageCount);
        BinaryPrimitives.WriteInt32BigEndian(header[28..], pageSize);
        BinaryPrimitives.WriteInt32BigEndian(header[32..], pages.Count);
        BinaryPrimitives.WriteInt32BigEndian(header[36..], end - HeaderSize);
        Hash(hashBefore, octets.AsSpan(0, end), octets.AsSpan(end));
        return octets;
    }

    /// <summary>Whether the octets of a whole record have the hash at their end.</summary>
    public static bool IsSound(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> hashBefore)
    {
        Span<byte> hash = stackalloc byte[HashSize];
        Hash(hashBefore, octets[..^HashSize], hash);
        return hash.SequenceEqual(octets[^HashSize..]);
    }

    /// <summary>The pages out of the octets of a sound record.</summary>
    public List<PageImage> Unpack(ReadOnlyMemory<byte> octets)
    {
        var pages = new List<PageImage>(Pages);
        using var inflate = new DeflateStream(new MemoryStream(octets.Slice(HeaderSize, Length).ToArray()), CompressionMode.Decompress);
        Span<byte> number = stackalloc byte[4];
        for (int i = 0; i < Pages; i++)
        {
            inflate.ReadExactly(number);
            var page = new byte[PageSize];
            inflate.ReadExactly(page);
            pages.Add(new PageImage(BinaryPrimitives.ReadUInt32BigEndian(number), page));
        }
        return pages;
    }

    private static long MaxTime { get; } = DatabaseTime.ToMicroseconds(DateTimeOffset.MaxValue);

    private static void Hash(ReadOnlySpan<byte> before, ReadOnlySpan<byte> octets, Span<byte> hash)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(before);
        sha.AppendData(octets);
        sha.GetHashAndReset(hash);
    }
}
