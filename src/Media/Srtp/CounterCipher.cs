using System.Buffers.Binary;
using System.Security.Cryptography;

namespace UnifiedMsg.Media.Srtp;

/// <summary>AES in counter mode and HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1; RFC 6188).</summary>
internal sealed class CounterCipher : SrtpCipher
{
    private readonly AesCounter _aes;
    private readonly IncrementalHash _hmac;
    private UInt128 _salt;

    public CounterCipher(ReadOnlySpan<byte> encryption, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> authentication, int tagLength)
    {
        Span<byte> block = stackalloc byte[16];
        block.Clear();
        salt.CopyTo(block);
        _salt = BinaryPrimitives.ReadUInt128BigEndian(block);
        _aes = AesCounter.Create(encryption);
        // RFC 3711 §4.2.1 fixes SHA-1; as a keyed hash it is not broken.
        _hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA1, authentication);
        TagLength = tagLength;
    }

    public override int TagLength { get; }

    public override void Seal(Span<byte> packet, int clear, Span<byte> tag, uint ssrc, ulong index, uint trailer)
    {
        _aes.Apply(packet[clear..], Counter(ssrc, index));
        Span<byte> whole = stackalloc byte[SHA1.HashSizeInBytes];
        Authenticate(packet, trailer, whole);
        whole[..TagLength].CopyTo(tag);
    }

    public override bool TryOpen(Span<byte> packet, int clear, ReadOnlySpan<byte> tag, uint ssrc, ulong index, uint trailer)
    {
        Span<byte> whole = stackalloc byte[SHA1.HashSizeInBytes];
        Authenticate(packet, trailer, whole);
        if (!CryptographicOperations.FixedTimeEquals(whole[..TagLength], tag))
            return false;
        _aes.Apply(packet[clear..], Counter(ssrc, index));
        return true;
    }

    public override void Dispose()
    {
        _aes.Dispose();
        _hmac.Dispose();
        _salt = 0;
    }

    // RFC 3711 §4.1.1: IV = (k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16).
    private UInt128 Counter(uint ssrc, ulong index) => _salt ^ new UInt128(ssrc, index << 16);

    private void Authenticate(ReadOnlySpan<byte> packet, uint trailer, Span<byte> whole)
    {
        // In one piece: each call of the library costs as much as hashing a block.
        Span<byte> all = stackalloc byte[packet.Length + sizeof(uint)];
        packet.CopyTo(all);
        BinaryPrimitives.WriteUInt32BigEndian(all[packet.Length..], trailer);
        _hmac.AppendData(all);
        _hmac.GetHashAndReset(whole);
    }
}
