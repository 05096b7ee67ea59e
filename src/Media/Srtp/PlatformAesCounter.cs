using System.Buffers.Binary;
using System.Security.Cryptography;

namespace UnifiedMsg.Media.Srtp;

/// <summary>
/// AES through the platform's library, for processors whose instructions <see cref="AesNiCounter"/> does not know. The way into it costs
/// more than a block, so that counters are encrypted in batches.
/// </summary>
internal sealed class PlatformAesCounter : AesCounter
{
    // A packet of 20 ms of G.711 in one batch.
    private const int BlocksInBatch = 16;

    private readonly byte[] _counters = new byte[BlocksInBatch * BlockLength];
    private readonly byte[] _stream = new byte[BlocksInBatch * BlockLength];
    private readonly ICryptoTransform _encryptor;

    public PlatformAesCounter(ReadOnlySpan<byte> key)
    {
        using var aes = Aes.Create();
#pragma warning disable CA5358 // Blocks are never encrypted themselves: counter mode is made of single blocks, each of which is used once.
        (aes.Mode, aes.Padding) = (CipherMode.ECB, PaddingMode.None);
#pragma warning restore CA5358
        aes.SetKey(key);
        _encryptor = aes.CreateEncryptor();
    }

    public override void Apply(Span<byte> data, UInt128 counter)
    {
        while (!data.IsEmpty)
        {
            var blocks = Math.Min((data.Length + BlockLength - 1) / BlockLength, BlocksInBatch);
            for (var i = 0; i < blocks; i++)
                BinaryPrimitives.WriteUInt128BigEndian(_counters.AsSpan(i * BlockLength), counter++);
            _encryptor.TransformBlock(_counters, 0, blocks * BlockLength, _stream, 0);
            var length = Math.Min(data.Length, blocks * BlockLength);
            for (var i = 0; i < length; i++)
                data[i] ^= _stream[i];
            data = data[length..];
        }
    }

    public override void Dispose()
    {
        _encryptor.Dispose();
        CryptographicOperations.ZeroMemory(_stream);
    }
}
