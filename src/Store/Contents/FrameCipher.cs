using System.Buffers.Binary;
using System.Security.Cryptography;

namespace UnifiedMsg.Store.Contents;

/// <summary>
/// AES-256-GCM over the frames of one file. The key is derived from the master key and the file's random salt and used for this file only;
/// the nonce is the number of the frame, and the index has one that no frame reaches. So no nonce repeats under a key, and a frame is
/// good at its own place only.
/// </summary>
internal sealed class FrameCipher : IDisposable
{
    public const int TagSize = 16;

    private const long IndexNonce = -1;

    private readonly AesGcm _cipher;

    public FrameCipher(ContentKey key, ReadOnlySpan<byte> salt)
    {
        Span<byte> derived = stackalloc byte[ContentKey.Size];
        key.Derive(salt, "unifiedmsg frames"u8, derived);
        _cipher = new AesGcm(derived, TagSize);
        CryptographicOperations.ZeroMemory(derived);
    }

    /// <summary>Encrypts in place and puts the tag behind.</summary>
    public void Seal(int frame, Span<byte> octets, Span<byte> tag)
    {
        Span<byte> nonce = stackalloc byte[12];
        WriteNonce(nonce, frame);
        _cipher.Encrypt(nonce, octets, octets, tag);
    }

    /// <summary>Decrypts in place; false when the octets were changed.</summary>
    public bool TryOpen(int frame, Span<byte> octets, ReadOnlySpan<byte> tag)
    {
        Span<byte> nonce = stackalloc byte[12];
        WriteNonce(nonce, frame);
        try
        {
            _cipher.Decrypt(nonce, octets, tag, octets);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    /// <summary>The tag over the header and the index, which are not secret.</summary>
    public void SignIndex(ReadOnlySpan<byte> octets, Span<byte> tag)
    {
        Span<byte> nonce = stackalloc byte[12];
        WriteNonce(nonce, IndexNonce);
        _cipher.Encrypt(nonce, [], [], tag, octets);
    }

    public void Dispose() => _cipher.Dispose();

    private static void WriteNonce(Span<byte> nonce, long number)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64BigEndian(nonce[4..], number);
    }
}
