using System.Buffers.Binary;

namespace UnifiedMsg.Media.Srtp;

/// <summary>What a session key is for (RFC 3711 §4.3.1, §4.3.2).</summary>
internal enum SrtpKeyLabel : byte
{
    RtpEncryption = 0,
    RtpAuthentication = 1,
    RtpSalt = 2,
    RtcpEncryption = 3,
    RtcpAuthentication = 4,
    RtcpSalt = 5,
}

/// <summary>
/// Session keys from a master key (RFC 3711 §4.3, RFC 6188 §3, RFC 7714 §11), with a key derivation rate of 0: once for the whole call,
/// which is also the only rate that anybody uses.
/// </summary>
internal static class SrtpKeyDerivation
{
    public static void Derive(SrtpKey key, SrtpKeyLabel label, Span<byte> derived)
    {
        using var prf = AesCounter.Create(key.Master);
        Derive(prf, key.Salt, label, derived);
    }

    // x = key_id XOR master salt, key_id = label || 0 right-aligned in 112 bits; the input of AES-CM is x * 2^16 (RFC 3711 §4.3.3).
    // A salt of 96 bits is filled up at its right (RFC 7714 §11).
    private static void Derive(AesCounter prf, ReadOnlySpan<byte> salt, SrtpKeyLabel label, Span<byte> derived)
    {
        Span<byte> block = stackalloc byte[16];
        block.Clear();
        salt.CopyTo(block);
        block[7] ^= (byte)label;
        derived.Clear();
        prf.Apply(derived, BinaryPrimitives.ReadUInt128BigEndian(block));
    }
}
