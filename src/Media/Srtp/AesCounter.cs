using System.Runtime.Intrinsics.X86;

namespace UnifiedMsg.Media.Srtp;

/// <summary>
/// The key stream of AES in counter mode (RFC 3711 §4.1.1), combined with data in place. Not for two threads at once. Without an
/// allocation for a packet.
/// </summary>
internal abstract class AesCounter : IDisposable
{
    /// <summary>The length of an AES block in octets.</summary>
    protected const int BlockLength = 16;

    /// <summary>By the processor's own instructions where we can use them, else through the platform's library, which also does.</summary>
    /// <param name="key">16, 24 or 32 octets.</param>
    public static AesCounter Create(ReadOnlySpan<byte> key) => Aes.IsSupported && Sse2.IsSupported ? new AesNiCounter(key) : new PlatformAesCounter(key);

    /// <summary>Combines <paramref name="data"/> with the key stream that begins at <paramref name="counter"/>.</summary>
    /// <param name="data">At most 2^16 blocks (RFC 3711 §4.1.1), more than a datagram can hold.</param>
    /// <param name="counter">The first block, whose lower 16 bits are 0.</param>
    public abstract void Apply(Span<byte> data, UInt128 counter);

    /// <inheritdoc/>
    public abstract void Dispose();
}
