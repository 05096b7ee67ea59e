using System.Security.Cryptography;

namespace UnifiedMsg.Accounts.Credentials;

/// <summary>The keys of SCRAM-SHA-256. RFC 5802 §3, RFC 7677.</summary>
internal static class ScramKeys
{
    private static ReadOnlySpan<byte> ClientKeyText => "Client Key"u8;

    private static ReadOnlySpan<byte> ServerKeyText => "Server Key"u8;

    /// <summary>StoredKey := H(HMAC(SaltedPassword, "Client Key")).</summary>
    public static byte[] StoredKey(byte[] saltedPassword) =>
        SHA256.HashData(HMACSHA256.HashData(saltedPassword, ClientKeyText));

    /// <summary>ServerKey := HMAC(SaltedPassword, "Server Key").</summary>
    public static byte[] ServerKey(byte[] saltedPassword) => HMACSHA256.HashData(saltedPassword, ServerKeyText);

    /// <summary>ServerSignature := HMAC(ServerKey, AuthMessage).</summary>
    public static byte[] ServerSignature(ScramVerifier verifier, ReadOnlySpan<byte> authMessage) =>
        HMACSHA256.HashData(verifier.ServerKey, authMessage);

    /// <summary>Whether the proof was made with the password: ClientKey := ClientProof XOR ClientSignature, and H(ClientKey) is the StoredKey.</summary>
    public static bool IsProof(ScramVerifier verifier, ReadOnlySpan<byte> authMessage, ReadOnlySpan<byte> proof)
    {
        if (proof.Length != SHA256.HashSizeInBytes)
            return false;
        byte[] clientKey = HMACSHA256.HashData(verifier.StoredKey, authMessage);
        for (int i = 0; i < clientKey.Length; i++)
            clientKey[i] ^= proof[i];
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(clientKey), verifier.StoredKey);
    }
}
