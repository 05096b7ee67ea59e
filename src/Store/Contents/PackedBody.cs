using System.Buffers;

namespace UnifiedMsg.Store.Contents;

/// <summary>How the octets of a content are stored. Stored as its number: never renumber.</summary>
internal enum ContentForm
{
    /// <summary>As they are.</summary>
    AsIs = 0,

    /// <summary>Compressed with zstd; in the database only.</summary>
    Zstd = 1,

    /// <summary>A file of frames. One whose row says <see cref="AsIs"/> may be that, too.</summary>
    Frames = 2,
}

/// <summary>A small content as it is stored in the database.</summary>
/// <param name="Octets">What is stored.</param>
/// <param name="Form">How.</param>
internal readonly record struct PackedBody(byte[] Octets, ContentForm Form)
{
    /// <summary>Compresses where it pays, then encrypts when there is a key.</summary>
    public static PackedBody Pack(ReadOnlySpan<byte> octets, byte[] name, ContentKey? key)
    {
        if (octets.Length < Compression.LeastWorthwhile)
            return new PackedBody(Seal(octets, name, key), ContentForm.AsIs);
        int limit = Compression.WorthwhileLength(octets.Length);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(limit);
        try
        {
            return Compression.TryCompress(octets, buffer.AsSpan(0, limit), out int length)
                ? new PackedBody(Seal(buffer.AsSpan(0, length), name, key), ContentForm.Zstd)
                : new PackedBody(Seal(octets, name, key), ContentForm.AsIs);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: key is not null);
        }
    }

    /// <summary>The content again.</summary>
    /// <exception cref="DamagedContentException">The octets are not what was written.</exception>
    public byte[] Unpack(byte[] name, long size, ContentKey? key)
    {
        byte[]? octets = key is null ? Octets : RowSeal.Open(key, SealedPart.Body, name, Octets);
        if (octets is null || Form is not (ContentForm.AsIs or ContentForm.Zstd) || size > ContentStager.MaxInline)
            throw Damaged(name);
        if (Form == ContentForm.AsIs)
            return octets.Length == size ? octets : throw Damaged(name);
        byte[] plain = new byte[size];
        return Compression.TryDecompress(octets, plain) ? plain : throw Damaged(name);
    }

    private static byte[] Seal(ReadOnlySpan<byte> octets, byte[] name, ContentKey? key) =>
        key is null ? octets.ToArray() : RowSeal.Seal(key, SealedPart.Body, name, octets);

    private static DamagedContentException Damaged(byte[] name) =>
        new(Convert.ToHexStringLower(name), "its octets in the database are not what was written");
}
