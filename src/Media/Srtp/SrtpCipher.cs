using System.Security.Cryptography;

namespace UnifiedMsg.Media.Srtp;

/// <summary>
/// Encrypts and authenticates packets with the session keys of one way, of SRTP or of SRTCP. Not for two threads at once. Without an
/// allocation for a packet.
/// </summary>
internal abstract class SrtpCipher : IDisposable
{
    /// <summary>The octets that authenticate a packet.</summary>
    public abstract int TagLength { get; }

    /// <summary>Encrypts in place and writes the tag.</summary>
    /// <param name="packet">The packet without tag and trailer.</param>
    /// <param name="clear">How much at its beginning is authenticated only.</param>
    /// <param name="tag">Gets the tag.</param>
    /// <param name="ssrc">Who sends it.</param>
    /// <param name="index">Its index: 48 bits in SRTP, 31 in SRTCP.</param>
    /// <param name="trailer">What is authenticated with it: the roll-over counter of SRTP, the index word of SRTCP.</param>
    public abstract void Seal(Span<byte> packet, int clear, Span<byte> tag, uint ssrc, ulong index, uint trailer);

    /// <summary>Authenticates, and decrypts in place if that succeeds; if not, the content of <paramref name="packet"/> is undefined.</summary>
    /// <param name="packet">The packet without tag and trailer.</param>
    /// <param name="clear">How much at its beginning is not encrypted.</param>
    /// <param name="tag">The tag.</param>
    /// <param name="ssrc">Who sends it.</param>
    /// <param name="index">Its index.</param>
    /// <param name="trailer">As in <see cref="Seal"/>.</param>
    public abstract bool TryOpen(Span<byte> packet, int clear, ReadOnlySpan<byte> tag, uint ssrc, ulong index, uint trailer);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The cipher of SRTP, or with <paramref name="control"/> that of SRTCP, under a master key.</summary>
    public static SrtpCipher Create(SrtpKey key, bool control)
    {
        var suite = key.Suite;
        Span<byte> encryption = stackalloc byte[suite.KeyLength];
        Span<byte> salt = stackalloc byte[suite.SaltLength];
        // RFC 3711 §5.2, §8.2: 160 bits for HMAC-SHA1.
        Span<byte> authentication = stackalloc byte[20];
        SrtpKeyDerivation.Derive(key, control ? SrtpKeyLabel.RtcpEncryption : SrtpKeyLabel.RtpEncryption, encryption);
        SrtpKeyDerivation.Derive(key, control ? SrtpKeyLabel.RtcpSalt : SrtpKeyLabel.RtpSalt, salt);
        SrtpKeyDerivation.Derive(key, control ? SrtpKeyLabel.RtcpAuthentication : SrtpKeyLabel.RtpAuthentication, authentication);
        SrtpCipher cipher = suite.IsAead
            ? new GcmCipher(encryption, salt, control)
            : new CounterCipher(encryption, salt, authentication, control ? suite.RtcpTagLength : suite.RtpTagLength);
        CryptographicOperations.ZeroMemory(encryption);
        CryptographicOperations.ZeroMemory(salt);
        CryptographicOperations.ZeroMemory(authentication);
        return cipher;
    }
}
