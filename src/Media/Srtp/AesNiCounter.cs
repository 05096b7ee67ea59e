using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Aes = System.Runtime.Intrinsics.X86.Aes;

namespace UnifiedMsg.Media.Srtp;

/// <summary>AES by the instructions of x86 processors, four blocks at a time since each takes some cycles that others can share.</summary>
internal sealed class AesNiCounter : AesCounter
{
    // Pinned, so that no copy of the key stays behind where the collector moves it.
    private readonly byte[] _roundKeys;
    private readonly int _rounds;

    public AesNiCounter(ReadOnlySpan<byte> key)
    {
        // FIPS 197 §5: 10, 12 or 14 rounds for keys of 4, 6 or 8 words.
        _rounds = key.Length / 4 + 6;
        _roundKeys = GC.AllocateArray<byte>((_rounds + 1) * BlockLength, pinned: true);
        Expand(key, MemoryMarshal.Cast<byte, uint>(_roundKeys.AsSpan()));
    }

    public override void Apply(Span<byte> data, UInt128 counter)
    {
        var keys = MemoryMarshal.Cast<byte, Vector128<byte>>(_roundKeys.AsSpan());
        var upper = BinaryPrimitives.ReverseEndianness((ulong)(counter >> 64));
        // The lower 16 bits count the blocks, so that nothing is ever carried beyond these 64.
        var lower = (ulong)counter;
        while (data.Length >= 4 * BlockLength)
        {
            var blocks = MemoryMarshal.Cast<byte, Vector128<byte>>(data[..(4 * BlockLength)]);
            ApplyFour(blocks, keys, upper, lower);
            lower += 4;
            data = data[(4 * BlockLength)..];
        }
        for (; data.Length >= BlockLength; data = data[BlockLength..])
        {
            ref var block = ref MemoryMarshal.Cast<byte, Vector128<byte>>(data)[0];
            block ^= Encrypt(Counter(upper, lower++), keys);
        }
        if (data.IsEmpty)
            return;
        Span<byte> last = stackalloc byte[BlockLength];
        Encrypt(Counter(upper, lower), keys).CopyTo(last);
        for (var i = 0; i < data.Length; i++)
            data[i] ^= last[i];
    }

    public override void Dispose() => CryptographicOperations.ZeroMemory(_roundKeys);

    private static void ApplyFour(Span<Vector128<byte>> blocks, ReadOnlySpan<Vector128<byte>> keys, ulong upper, ulong lower)
    {
        var key = keys[0];
        var a = Counter(upper, lower) ^ key;
        var b = Counter(upper, lower + 1) ^ key;
        var c = Counter(upper, lower + 2) ^ key;
        var d = Counter(upper, lower + 3) ^ key;
        for (var round = 1; round < keys.Length - 1; round++)
        {
            key = keys[round];
            a = Aes.Encrypt(a, key);
            b = Aes.Encrypt(b, key);
            c = Aes.Encrypt(c, key);
            d = Aes.Encrypt(d, key);
        }
        key = keys[^1];
        blocks[3] ^= Aes.EncryptLast(d, key);
        blocks[2] ^= Aes.EncryptLast(c, key);
        blocks[1] ^= Aes.EncryptLast(b, key);
        blocks[0] ^= Aes.EncryptLast(a, key);
    }

    private static Vector128<byte> Encrypt(Vector128<byte> block, ReadOnlySpan<Vector128<byte>> keys)
    {
        block ^= keys[0];
        for (var round = 1; round < keys.Length - 1; round++)
            block = Aes.Encrypt(block, keys[round]);
        return Aes.EncryptLast(block, keys[^1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Counter(ulong upper, ulong lower) =>
        Vector128.Create(upper, BinaryPrimitives.ReverseEndianness(lower)).AsByte();

    // FIPS 197 §5.2. Words are little-endian here, so that RotWord turns to the right and Rcon is in the lowest octet.
    private static void Expand(ReadOnlySpan<byte> key, Span<uint> words)
    {
        MemoryMarshal.Cast<byte, uint>(key).CopyTo(words);
        var length = key.Length / 4;
        uint constant = 1;
        for (var i = length; i < words.Length; i++)
        {
            var word = words[i - 1];
            if (i % length == 0)
            {
                word = uint.RotateRight(Substitute(word), 8) ^ constant;
                // Rcon doubles in GF(2^8).
                constant = (constant << 1) ^ (constant >> 7) * 0x11B;
            }
            else if (length > 6 && i % length == 4)
            {
                word = Substitute(word);
            }
            words[i] = words[i - length] ^ word;
        }
    }

    // SubWord by an instruction: a table in memory would tell the key by the time that looking it up takes.
    private static uint Substitute(uint word) => Aes.KeygenAssist(Vector128.Create(word).AsByte(), 0).AsUInt32()[0];
}
