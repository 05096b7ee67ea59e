using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace UnifiedMsg.Database.Sqlite;

/// <summary>
/// The write-ahead log as a file: a header of 32 octets, then frames of a header of 24 octets and a page. All numbers are big-endian.
/// https://www.sqlite.org/fileformat2.html#walformat
/// </summary>
/// <remarks>SQLite takes no locks on this file, so opening and closing it is harmless; the database file is another matter.</remarks>
internal sealed class LogFile(string path, int pageSize) : IDisposable
{
    public const int FrameHeaderSize = 24;

    private const int HeaderSize = 32;
    private const uint Magic = 0x377f0682; // The last bit says that checksums count in big-endian words.

    private SafeFileHandle? _file;

    /// <summary>The two numbers that every frame of one generation of the log repeats, and the sums with which its frames begin; 0 when
    /// there is no log.</summary>
    public ulong ReadSalt(out LogSums sums)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        sums = default;
        if (!ReadAt(header, 0))
            return 0;
        uint magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        if ((magic & ~1u) != Magic)
            return 0;
        sums = new LogSums(
            BinaryPrimitives.ReadUInt32BigEndian(header[24..]), BinaryPrimitives.ReadUInt32BigEndian(header[28..]), (magic & 1) != 0);
        return BinaryPrimitives.ReadUInt64BigEndian(header[16..]);
    }

    /// <summary>
    /// Reads a frame, counted from 1, with its header. False at the end of this generation of the log: what an older one or an undone
    /// transaction left behind has other salts or other sums.
    /// </summary>
    /// <param name="frame">Which.</param>
    /// <param name="salt">The generation.</param>
    /// <param name="sums">Those of the frame before; then those of this one.</param>
    /// <param name="octets">Header and page.</param>
    public bool TryRead(uint frame, ulong salt, ref LogSums sums, Span<byte> octets)
    {
        if (!ReadAt(octets, PlaceOf(frame)) || BinaryPrimitives.ReadUInt64BigEndian(octets[8..]) != salt || PageOf(octets) == 0)
            return false;
        LogSums next = sums.Add(octets[..8]).Add(octets[FrameHeaderSize..]);
        if (next.A != BinaryPrimitives.ReadUInt32BigEndian(octets[16..]) || next.B != BinaryPrimitives.ReadUInt32BigEndian(octets[20..]))
            return false;
        sums = next;
        return true;
    }

    /// <summary>Reads a frame that was verified before.</summary>
    public bool TryReadAgain(uint frame, ulong salt, Span<byte> octets) =>
        ReadAt(octets, PlaceOf(frame)) && BinaryPrimitives.ReadUInt64BigEndian(octets[8..]) == salt;

    /// <summary>The number of a frame's page.</summary>
    public static uint PageOf(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt32BigEndian(frame);

    /// <summary>The pages of the database after the commit that the frame ends; 0 when it ends none.</summary>
    public static uint PagesAfterCommit(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt32BigEndian(frame[4..]);

    public void Dispose() => _file?.Dispose();

    private long PlaceOf(uint frame) => HeaderSize + ((frame - 1L) * (FrameHeaderSize + pageSize));

    private bool ReadAt(Span<byte> octets, long place)
    {
        if (_file is null)
        {
            if (!File.Exists(path))
                return false;
            _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        int read = 0;
        while (read < octets.Length)
        {
            int count = RandomAccess.Read(_file, octets[read..], place + read);
            if (count == 0)
                return false;
            read += count;
        }
        return true;
    }
}

/// <summary>The sums that run on from frame to frame.</summary>
/// <param name="A">The first.</param>
/// <param name="B">The second.</param>
/// <param name="BigEndian">How octets become words.</param>
internal readonly record struct LogSums(uint A, uint B, bool BigEndian)
{
    /// <summary>The sums after these octets, a multiple of eight.</summary>
    public LogSums Add(ReadOnlySpan<byte> octets)
    {
        (uint a, uint b) = (A, B);
        for (int i = 0; i < octets.Length; i += 8)
        {
            uint first = BigEndian ? BinaryPrimitives.ReadUInt32BigEndian(octets[i..]) : BinaryPrimitives.ReadUInt32LittleEndian(octets[i..]);
            uint second = BigEndian ? BinaryPrimitives.ReadUInt32BigEndian(octets[(i + 4)..]) : BinaryPrimitives.ReadUInt32LittleEndian(octets[(i + 4)..]);
            unchecked
            {
                a += first + b;
                b += second + a;
            }
        }
        return this with { A = a, B = b };
    }
}
