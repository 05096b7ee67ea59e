using System.Buffers.Binary;
using System.Security.Cryptography;

namespace UnifiedMsg.Media.Srtp;

/// <summary>AES in Galois/counter mode (RFC 7714).</summary>
internal sealed class GcmCipher : SrtpCipher
{
    private const int NonceLength = 12;

    // Pinned, so that no copy stays behind where the collector moves it.
    private readonly byte[] _salt = GC.AllocateArray<byte>(NonceLength, pinned: true);
    private readonly AesGcm _gcm;
    private readonly bool _control;

    public GcmCipher(ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt, bool control)
    {
        salt.CopyTo(_salt);
        _gcm = new AesGcm(key, TagLength);
        _control = control;
    }

    // RFC 7714 §13.1: 16 octets; shorter ones are not allowed.
    public override int TagLength => 16;

    public override void Seal(Span<byte> packet, int clear, Span<byte> tag, uint ssrc, ulong index, uint trailer)
    {
        Span<byte> nonce = stackalloc byte[NonceLength];
        Nonce(nonce, ssrc, index);
        Span<byte> associated = stackalloc byte[_control ? clear + 4 : 0];
        var secret = packet[clear..];
        _gcm.Encrypt(nonce, secret, secret, tag, Associated(packet[..clear], trailer, associated));
    }

    public override bool TryOpen(Span<byte> packet, int clear, ReadOnlySpan<byte> tag, uint ssrc, ulong index, uint trailer)
    {
        Span<byte> nonce = stackalloc byte[NonceLength];
        Nonce(nonce, ssrc, index);
        Span<byte> associated = stackalloc byte[_control ? clear + 4 : 0];
        var secret = packet[clear..];
        try
        {
            _gcm.Decrypt(nonce, secret, tag, secret, Associated(packet[..clear], trailer, associated));
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public override void Dispose()
    {
        _gcm.Dispose();
        CryptographicOperations.ZeroMemory(_salt);
    }

    // RFC 7714 §8.1, §9.1: 16 zero bits, the SSRC, the index in 48 bits (of SRTCP: 17 zero bits and 31 of the index), XOR the salt.
    private void Nonce(Span<byte> nonce, uint ssrc, ulong index)
    {
        BinaryPrimitives.WriteUInt32BigEndian(nonce, ssrc >> 16);
        BinaryPrimitives.WriteUInt64BigEndian(nonce[4..], (ulong)ssrc << 48 | index);
        for (var i = 0; i < NonceLength; i++)
            nonce[i] ^= _salt[i];
    }

    // RFC 7714 §8.2: of SRTP the header; §9.2, §9.3: of SRTCP what is in clear, and the index word with the E flag.
    private ReadOnlySpan<byte> Associated(ReadOnlySpan<byte> clear, uint trailer, Span<byte> joined)
    {
        if (!_control)
            return clear;
        clear.CopyTo(joined);
        BinaryPrimitives.WriteUInt32BigEndian(joined[clear.Length..], trailer);
        return joined;
    }
}
