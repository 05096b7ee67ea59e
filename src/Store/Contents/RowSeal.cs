using System.Security.Cryptography;

namespace UnifiedMsg.Store.Contents;

/// <summary>What is sealed; stored in what is authenticated, so that one can't stand for the other: never rename.</summary>
internal enum SealedPart
{
    /// <summary>The octets of a small content.</summary>
    Body,

    /// <summary>The summary of a content.</summary>
    Summary,

    /// <summary>The key by which contents are named.</summary>
    NameKey,
}

/// <summary>
/// Octets in a row of the database, encrypted with AES-256-GCM: a version octet, a salt of 32 random octets, the ciphertext, the tag of 16.
/// The key is derived from the master key and the salt and used for this value only, so that no nonce can repeat; the name of the content
/// is authenticated, so that values can't change their rows.
/// </summary>
internal static class RowSeal
{
    private const byte Version = 1;
    private const int SaltSize = 32;
    private const int TagSize = 16;
    private const int Overhead = 1 + SaltSize + TagSize;

    public static byte[] Seal(ContentKey key, SealedPart part, ReadOnlySpan<byte> name, ReadOnlySpan<byte> octets)
    {
        byte[] output = new byte[octets.Length + Overhead];
        output[0] = Version;
        Span<byte> salt = output.AsSpan(1, SaltSize);
        RandomNumberGenerator.Fill(salt);
        using AesGcm cipher = CipherOf(key, part, salt);
        Span<byte> nonce = stackalloc byte[AesGcm.NonceByteSizes.MaxSize];
        nonce.Clear();
        cipher.Encrypt(nonce, octets, output.AsSpan(1 + SaltSize, octets.Length), output.AsSpan(^TagSize), name);
        return output;
    }

    /// <summary>The octets, or null when they were changed or belong to another key or content.</summary>
    public static byte[]? Open(ContentKey key, SealedPart part, ReadOnlySpan<byte> name, ReadOnlySpan<byte> octets)
    {
        if (octets.Length < Overhead || octets[0] != Version)
            return null;
        using AesGcm cipher = CipherOf(key, part, octets.Slice(1, SaltSize));
        Span<byte> nonce = stackalloc byte[AesGcm.NonceByteSizes.MaxSize];
        nonce.Clear();
        byte[] output = new byte[octets.Length - Overhead];
        try
        {
            cipher.Decrypt(nonce, octets[(1 + SaltSize)..^TagSize], octets[^TagSize..], output, name);
            return output;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private static AesGcm CipherOf(ContentKey key, SealedPart part, ReadOnlySpan<byte> salt)
    {
        Span<byte> derived = stackalloc byte[ContentKey.Size];
        try
        {
            key.Derive(salt, part switch
            {
                SealedPart.Body => "unifiedmsg body"u8,
                SealedPart.Summary => "unifiedmsg summary"u8,
                _ => "unifiedmsg name key"u8,
            }, derived);
            return new AesGcm(derived, TagSize);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }
    }
}
