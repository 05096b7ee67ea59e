using System.Text;

namespace UnifiedMsg.Store.Contents;

/// <summary>
/// The beginning of a file of frames, <see cref="Size"/> octets: the signature, the content's name (32), the cipher (1), the octets of a
/// frame as a power of two (1), two zeros, the length of the key's id and the id (32), the salt (32).
/// </summary>
/// <remarks>
/// Files of older versions are the content itself. A file is one of frames when it begins with the signature and the name under which it
/// lies. No message can pretend that: it would have to contain its own SHA-256.
/// </remarks>
/// <param name="Name">The content's name.</param>
/// <param name="KeyId">The id of its key; null when it is not encrypted.</param>
/// <param name="Salt">What the key of the file is derived with; 32 zeros when it is not encrypted.</param>
internal sealed record BlobHeader(byte[] Name, string? KeyId, byte[] Salt)
{
    /// <summary>Octets of the header.</summary>
    public const int Size = KeyIdAt + 1 + ContentKey.MaxId + SaltSize;

    public const int SaltSize = 32;
    public const int NameSize = 32;

    /// <summary>Octets of a frame. Larger ones compress no better (measured with 128 KiB), smaller ones do worse.</summary>
    public const int FrameSize = 1 << FrameShift;

    private const int FrameShift = 16;
    private const int CipherAt = NameAt + NameSize;
    private const int KeyIdAt = CipherAt + 4;
    private const int NameAt = 8;

    private static ReadOnlySpan<byte> Signature => "UMblob\0\u0001"u8;

    /// <summary>Whether a file that lies under this name begins as one of frames does.</summary>
    public static bool IsFramed(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> name) =>
        octets.Length >= Size && octets.StartsWith(Signature) && octets.Slice(NameAt, NameSize).SequenceEqual(name);

    /// <summary>Reads a header; false when it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> octets, out BlobHeader? header)
    {
        header = null;
        if (octets.Length < Size || !octets.StartsWith(Signature))
            return false;
        ReadOnlySpan<byte> form = octets.Slice(CipherAt, 4);
        if (form[0] > 1 || form[1] != FrameShift || form[2] != 0 || form[3] != 0)
            return false;
        int idLength = octets[KeyIdAt];
        ReadOnlySpan<byte> salt = octets.Slice(Size - SaltSize, SaltSize);
        ReadOnlySpan<byte> idField = octets.Slice(KeyIdAt + 1, ContentKey.MaxId);
        if (idLength > ContentKey.MaxId || idField[idLength..].ContainsAnyExcept((byte)0))
            return false;
        bool isSealed = form[0] == 1;
        if (isSealed ? !ContentKey.IsId(idField[..idLength]) : idLength > 0 || salt.ContainsAnyExcept((byte)0))
            return false;
        header = new BlobHeader(
            octets.Slice(NameAt, NameSize).ToArray(), isSealed ? Encoding.ASCII.GetString(idField[..idLength]) : null, salt.ToArray());
        return true;
    }

    /// <summary>Writes the header into <see cref="Size"/> octets.</summary>
    public void Write(Span<byte> octets)
    {
        octets = octets[..Size];
        octets.Clear();
        Signature.CopyTo(octets);
        Name.CopyTo(octets[NameAt..]);
        octets[CipherAt] = (byte)(KeyId is null ? 0 : 1);
        octets[CipherAt + 1] = FrameShift;
        if (KeyId is null)
            return;
        octets[KeyIdAt] = (byte)KeyId.Length;
        Encoding.ASCII.GetBytes(KeyId, octets[(KeyIdAt + 1)..]);
        Salt.CopyTo(octets[^SaltSize..]);
    }
}
