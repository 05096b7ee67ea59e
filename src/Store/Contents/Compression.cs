using System.Collections.Concurrent;
using ZstdSharp;

namespace UnifiedMsg.Store.Contents;

/// <summary>zstd (RFC 8878) of octets in memory, with contexts that are used again: making one costs more than compressing a mail.</summary>
internal static class Compression
{
    // Measured with prose, recordings in base64 and random octets: level 1 takes 2 to 5 µs a KiB and leaves 44 to 55 % of prose and 71 to
    // 76 % of base64; level 3 gains one to three points for a third more time, negative levels leave base64 as it is. Octets that are
    // compressed already take 0.1 µs a KiB, so that every block may be tried.
    private const int Level = 1;

    /// <summary>Octets below which compressing is not tried: a letter of 10 KB would take the processor a third longer to file than it does
    /// as it is, and what the disk saves by it is less than that.</summary>
    public const int LeastWorthwhile = 16 * 1024;

    // Each context holds some hundred KiB outside of the heap; more than this many work at once only on larger machines.
    private const int MaxIdle = 16;

    private static readonly ConcurrentBag<Compressor> IdleCompressors = [];
    private static readonly ConcurrentBag<Decompressor> IdleDecompressors = [];

    /// <summary>The largest compressed form that is worth decompressing at each reading: an eighth must be saved.</summary>
    public static int WorthwhileLength(int length) => length - (length / 8);

    /// <summary>Compresses; false when the target is too small for it, which is how what does not pay is recognised.</summary>
    public static bool TryCompress(ReadOnlySpan<byte> octets, Span<byte> target, out int length)
    {
        if (!IdleCompressors.TryTake(out Compressor? compressor))
            compressor = new Compressor(Level);
        try
        {
            return compressor.TryWrap(octets, target, out length);
        }
        finally
        {
            if (IdleCompressors.Count < MaxIdle)
                IdleCompressors.Add(compressor);
            else
                compressor.Dispose();
        }
    }

    /// <summary>Decompresses octets that must fill the target exactly; false when they are damaged.</summary>
    public static bool TryDecompress(ReadOnlySpan<byte> compressed, Span<byte> target)
    {
        if (!IdleDecompressors.TryTake(out Decompressor? decompressor))
            decompressor = new Decompressor();
        try
        {
            return decompressor.TryUnwrap(compressed, target, out int length) && length == target.Length;
        }
        catch (ZstdException)
        {
            return false;
        }
        finally
        {
            if (IdleDecompressors.Count < MaxIdle)
                IdleDecompressors.Add(decompressor);
            else
                decompressor.Dispose();
        }
    }
}
